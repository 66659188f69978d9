#pragma once

#include "core/async.h"
#include "core/task.h"

#include <QHash>
#include <QString>

#include <algorithm>
#include <chrono>
#include <functional>

namespace agent {

/// Keeps answers that cost time, for a while, and lets those who ask the same at once wait for the one answer. On one
/// thread; may go while answers are being made.
template <typename V>
class AnswerCache
{
    using Clock = std::chrono::steady_clock;

public:
    using Make = std::function<Task<V>()>;
    /// Whether an answer is worth keeping; by default each is.
    using Keeps = std::function<bool(const V &)>;

    AnswerCache(qsizetype maxEntries, std::chrono::seconds lifetime, Keeps keeps = {})
        : m_state(std::make_shared<State>(maxEntries, lifetime, std::move(keeps)))
    {
    }

    /// The answer kept for `key`, else what `make` gives. `make` must own what it needs.
    Task<V> get(QString key, Make make) { return get(m_state, std::move(key), std::move(make)); }

    /// The answer kept for `key`, without making one.
    [[nodiscard]] std::optional<V> known(const QString &key) const
    {
        const auto entry = m_state->entries.constFind(key);
        if (entry == m_state->entries.cend() || entry->until <= Clock::now())
            return {};
        return entry->value;
    }

    void clear() { m_state->entries.clear(); }
    [[nodiscard]] qsizetype size() const { return m_state->entries.size(); }

private:
    struct Entry
    {
        V value;
        Clock::time_point until;
    };
    struct State
    {
        qsizetype maxEntries;
        std::chrono::seconds lifetime;
        Keeps keeps;
        QHash<QString, Entry> entries = {};
        QHash<QString, QList<std::function<void(V)>>> waiting = {};

        void keep(const QString &key, const V &value)
        {
            if (keeps && !keeps(value))
                return;
            if (entries.size() >= maxEntries) {
                const auto now = Clock::now();
                entries.removeIf([now](const auto &entry) { return entry.value().until <= now; });
            }
            if (entries.size() >= maxEntries)
                entries.erase(std::min_element(entries.cbegin(), entries.cend(),
                                               [](const Entry &a, const Entry &b) { return a.until < b.until; }));
            entries.insert(key, {value, Clock::now() + lifetime});
        }
    };

    static Task<V> get(std::shared_ptr<State> state, QString key, Make make)
    {
        const auto entry = state->entries.constFind(key);
        if (entry != state->entries.cend() && entry->until > Clock::now()) {
            V value = entry->value;
            co_return value;
        }
        if (const auto joined = state->waiting.find(key); joined != state->waiting.end()) {
            Delivery<V> delivery;
            joined->append(delivery.deliverer());
            co_return co_await delivery;
        }
        state->waiting.insert(key, {});
        V value = co_await make();
        state->keep(key, value);
        for (const auto &deliver : state->waiting.take(key))
            deliver(value);
        co_return value;
    }

    std::shared_ptr<State> m_state;
};

} // namespace agent
