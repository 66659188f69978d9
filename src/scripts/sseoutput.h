#pragma once

#include "net/sse.h"
#include "platform/commandrun.h"
#include "platform/wakeup.h"
#include "scripts/outputlines.h"

#include <QMutex>
#include <QObject>

#include <atomic>
#include <deque>
#include <memory>

namespace agent {

/// Hands what a script says to its client line by line, each an event of its own (contract 04 section 5.4). When the
/// client takes it more slowly than it comes, the script waits. Lives on the main thread; `take` and `end` are called
/// on the one that runs the script.
class SseOutput : public QObject, public OutputSink
{
    Q_OBJECT

public:
    SseOutput(std::shared_ptr<SseWriter> client, qsizetype maxLine);

    void take(Stream stream, QByteArrayView bytes) override;
    [[nodiscard]] bool isFull() const override { return m_pending >= kMaxPending; }
    [[nodiscard]] Wakeup &freed() override { return m_freed; }
    /// Nothing more comes: what has no line end becomes lines, too.
    void end();

    /// Waits until the client has been sent everything. False when it is gone.
    [[nodiscard]] Task<bool> sent();

private:
    static constexpr qint64 kMaxPending = 256 * 1024; ///< bytes, about
    struct Line
    {
        const char *event;
        QByteArray text;
        [[nodiscard]] qint64 weight() const { return text.size() + 64; }
    };

    void enqueue(const char *event, const QByteArrayList &lines);
    void forward();
    std::optional<Line> takeLine();

    std::shared_ptr<SseWriter> m_client;
    OutputLines m_output, m_error;
    Wakeup m_freed;
    std::atomic<qint64> m_pending = 0;
    QMutex m_mutex;
    std::deque<Line> m_lines;   ///< under the mutex
    bool m_isScheduled = false; ///< under the mutex
};

} // namespace agent
