#pragma once

#include "core/result.h"
#include "core/task.h"
#include "httpclient/httprequest.h"
#include "httpclient/sleeper.h"

#include <QObject>

#include <memory>
#include <optional>

namespace agent {

class Transfer;
class TransferThread;

/// The answer to one request while it arrives. At most Transfer::kHighMark bytes wait for the reader; then the far side
/// is not read any further. Letting go of the stream ends the transfer. Main thread.
class HttpStream : public QObject, public std::enable_shared_from_this<HttpStream>
{
    Q_OBJECT

public:
    /// Made by HttpClient.
    HttpStream(std::shared_ptr<TransferThread> thread, std::shared_ptr<Transfer> transfer);
    ~HttpStream() override;

    /// Awaits status and headers; there once HttpClient::open has returned the stream.
    [[nodiscard]] Task<Status> untilHead();
    [[nodiscard]] const HttpAnswerHead &head() const { return *m_head; }
    /// The next bytes, in pieces as they come; empty at the end. One read at a time.
    [[nodiscard]] Task<Result<QByteArray>> read();

    /// Ends the transfer; a read under way gets `reason`.
    void fail(Error reason);

    /// There is news on the transfer's side.
    void wake();

private:
    void pull();

    std::shared_ptr<TransferThread> m_thread;
    std::shared_ptr<Transfer> m_transfer;
    std::optional<HttpAnswerHead> m_head;
    QByteArray m_bytes;
    bool m_ended = false;
    std::optional<Error> m_error;
    Sleeper m_reader;
};

} // namespace agent
