#pragma once

#include "core/result.h"

#include <QByteArray>
#include <QObject>
#include <QTimer>

#include <chrono>
#include <deque>
#include <functional>
#include <optional>

namespace agent {

/// Long outputs of commands, kept for a while so that an assistant can read them page by page (contract 03 section
/// 10.3). In memory only, and bounded: the oldest go first. All texts are UTF-8, all lengths bytes. Main thread.
class OutputCache : public QObject
{
    Q_OBJECT

public:
    using Clock = std::function<std::chrono::steady_clock::time_point()>;

    static constexpr std::chrono::seconds kLifetime{300};
    static constexpr std::size_t kMaxEntries = 200;
    static constexpr qsizetype kMaxBytes = 256 * 1024 * 1024;
    static constexpr qsizetype kInline = 8000; ///< what an answer shows of a longer output
    static constexpr qint64 kDefaultPage = 8000;
    static constexpr qint64 kMaxPage = 32000;

    struct Page
    {
        QByteArray content;
        qint64 offset = 0; ///< where it really begins
        qint64 totalBytes = 0;
        [[nodiscard]] bool hasMore() const { return offset + content.size() < totalBytes; }
    };
    /// An output as an answer shows it.
    struct Shown
    {
        QByteArray output;
        std::optional<QString> requestId; ///< set when it was cut
    };

    explicit OutputCache(Clock clock = &std::chrono::steady_clock::now, QObject *parent = nullptr);

    /// Keeps `text`, which is valid UTF-8, cut to kMaxBytes. @return the id to read it with
    QString keep(QByteArray text);
    /// `text` as it is when it is short; otherwise its beginning, with a marker that tells an assistant how many bytes
    /// are missing and how to read them, and the whole is kept.
    [[nodiscard]] Shown shorten(QByteArray text);
    /// The text from `offset` on, at most `limit` bytes, both moved back to where a character begins; but at least one
    /// character while there is more. @return NotFound when the id is not known, or no longer
    [[nodiscard]] Result<Page> page(const QString &id, qint64 offset, qint64 limit);

    [[nodiscard]] std::size_t size() const { return m_entries.size(); }
    [[nodiscard]] qsizetype bytes() const { return m_bytes; }
    /// Drops what is too old. The timer calls it.
    void sweep();

private:
    struct Entry
    {
        QString id;
        QByteArray text;
        std::chrono::steady_clock::time_point since;
    };
    void dropOldest();

    Clock m_clock;
    std::deque<Entry> m_entries; ///< oldest first
    qsizetype m_bytes = 0;
    QTimer m_timer; ///< so that memory is given back also when nobody asks again
};

/// The last place at or before `at` where a character of the UTF-8 text begins, or its end.
[[nodiscard]] qsizetype characterStart(QByteArrayView utf8, qsizetype at);

} // namespace agent
