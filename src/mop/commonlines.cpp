#include "mop/commonlines.h"

#include <QtGlobal>

#include <algorithm>

namespace agent {

namespace {

using Lines = std::span<const int>;

constexpr int kWordBits = 64;

/// Where in a text each line stands, as bits, 64 lines a word; only words with bits are kept.
class Positions
{
public:
    /// @param reversed the text is read from its end
    Positions(Lines text, bool reversed, std::vector<int> &heads)
        : m_heads(heads)
    {
        // From behind, so that each chain ascends.
        for (int i = int(text.size()) - 1; i >= 0; --i) {
            const int line = text[std::size_t(reversed ? int(text.size()) - 1 - i : i)];
            const int word = i / kWordBits;
            int &head = m_heads[std::size_t(line)];
            if (head < 0 || m_entries[std::size_t(head)].word != word) {
                m_entries.push_back({word, head, 0});
                m_touched.push_back(line);
                head = int(m_entries.size()) - 1;
            }
            m_entries[std::size_t(head)].bits |= quint64(1) << (i % kWordBits);
        }
    }
    ~Positions()
    {
        for (const int line : m_touched)
            m_heads[std::size_t(line)] = -1;
    }
    Positions(const Positions &) = delete;
    Positions &operator=(const Positions &) = delete;

    struct Entry
    {
        int word;
        int next; ///< -1: the last
        quint64 bits;
    };
    [[nodiscard]] int first(int line) const { return m_heads[std::size_t(line)]; }
    [[nodiscard]] const Entry &at(int index) const { return m_entries[std::size_t(index)]; }

private:
    std::vector<int> &m_heads; ///< by line; all -1 between uses
    std::vector<Entry> m_entries;
    std::vector<int> m_touched;
};

class Search
{
public:
    Search(Lines a, Lines b)
        : m_a(a)
        , m_b(b)
    {
        int lines = 0;
        for (const Lines text : {a, b}) {
            for (const int line : text)
                lines = std::max(lines, line + 1);
        }
        m_heads.assign(std::size_t(lines), -1);
    }

    std::vector<std::pair<int, int>> run()
    {
        solve({0, int(m_a.size())}, {0, int(m_b.size())});
        return std::move(m_found);
    }

private:
    struct Range
    {
        int begin, end;
        [[nodiscard]] int size() const { return end - begin; }
    };

    [[nodiscard]] Lines of(Lines text, Range range) const
    {
        return text.subspan(std::size_t(range.begin), std::size_t(range.size()));
    }
    [[nodiscard]] bool same(int i, int j) const { return m_a[std::size_t(i)] == m_b[std::size_t(j)]; }

    /// Halves b, so the depth is the logarithm of its length.
    void solve(Range a, Range b)
    {
        while (a.size() > 0 && b.size() > 0 && same(a.begin, b.begin))
            m_found.emplace_back(a.begin++, b.begin++);
        int tail = 0;
        while (a.size() > 0 && b.size() > 0 && same(a.end - 1, b.end - 1)) {
            --a.end;
            --b.end;
            ++tail;
        }
        if (b.size() == 1) {
            for (int i = a.begin; i < a.end; ++i) {
                if (same(i, b.begin)) {
                    m_found.emplace_back(i, b.begin);
                    break;
                }
            }
        } else if (a.size() > 0 && b.size() > 1) {
            const int middle = b.begin + b.size() / 2;
            const int split = a.begin + splitOf(of(m_a, a), of(m_b, {b.begin, middle}), of(m_b, {middle, b.end}));
            solve({a.begin, split}, {b.begin, middle});
            solve({split, a.end}, {middle, b.end});
        }
        for (int i = 0; i < tail; ++i)
            m_found.emplace_back(a.end + i, b.end + i);
    }

    /// How much of `a` goes with the first half, so that both halves together have most in common.
    int splitOf(Lines a, Lines first, Lines second)
    {
        const std::vector<int> before = scores(a, first, false), after = scores(a, second, true);
        int best = 0, bestScore = -1;
        for (int i = 0; i <= int(a.size()); ++i) {
            const int score = before[std::size_t(i)] + after[a.size() - std::size_t(i)];
            if (score > bestScore) {
                best = i;
                bestScore = score;
            }
        }
        return best;
    }

    /// For each k, how many lines the first k of `a` have in common with `b`; reversed: the last k.
    std::vector<int> scores(Lines a, Lines b, bool reversed)
    {
        const Positions positions(a, reversed, m_heads);
        const int words = (int(a.size()) + kWordBits - 1) / kWordBits;
        m_row.assign(std::size_t(words), ~quint64(0));
        for (std::size_t j = 0; j < b.size(); ++j)
            addLine(positions, positions.first(b[reversed ? b.size() - 1 - j : j]), words);
        std::vector<int> result(a.size() + 1, 0);
        for (std::size_t i = 0; i < a.size(); ++i) {
            const bool isStep = (m_row[i / kWordBits] >> (i % kWordBits) & 1) == 0;
            result[i + 1] = result[i] + (isStep ? 1 : 0);
        }
        return result;
    }

    /// V = (V + (V & M)) | (V & ~M), M the places of one line in `a`. Words without a place and without a carry stay.
    void addLine(const Positions &positions, int entry, int words)
    {
        bool carry = false;
        int word = 0;
        while (true) {
            if (!carry) {
                if (entry < 0)
                    return;
                word = positions.at(entry).word;
            }
            if (word == words)
                return;
            quint64 match = 0;
            if (entry >= 0 && positions.at(entry).word == word) {
                match = positions.at(entry).bits;
                entry = positions.at(entry).next;
            }
            quint64 &row = m_row[std::size_t(word)];
            const quint64 hit = row & match;
            const quint64 sum = row + hit;
            const quint64 total = sum + (carry ? 1 : 0);
            carry = sum < row || total < sum;
            row = total | (row & ~match);
            ++word;
        }
    }

    Lines m_a, m_b;
    std::vector<int> m_heads;
    std::vector<quint64> m_row;
    std::vector<std::pair<int, int>> m_found;
};

} // namespace

std::vector<std::pair<int, int>> commonLines(std::span<const int> a, std::span<const int> b)
{
    return Search(a, b).run();
}

} // namespace agent
