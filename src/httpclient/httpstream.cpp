#include "httpclient/httpstream.h"

#include "httpclient/transfer.h"
#include "httpclient/transferthread.h"

namespace agent {

HttpStream::HttpStream(std::shared_ptr<TransferThread> thread, std::shared_ptr<Transfer> transfer)
    : m_thread(std::move(thread))
    , m_transfer(std::move(transfer))
{
}

HttpStream::~HttpStream()
{
    if (!m_ended)
        m_thread->cancel(m_transfer);
}

void HttpStream::pull()
{
    if (m_ended)
        return;
    auto news = m_transfer->take();
    if (news.head)
        m_head = std::move(news.head);
    if (m_bytes.isEmpty())
        m_bytes = std::move(news.bytes);
    else
        m_bytes += news.bytes;
    if (news.wasPaused)
        m_thread->resume(m_transfer);
    if (news.error)
        m_error = std::move(news.error);
    m_ended = news.ended;
}

Task<Status> HttpStream::untilHead()
{
    const auto self = shared_from_this();
    for (;;) {
        pull();
        if (m_head)
            co_return Status();
        if (m_error)
            co_return Error(*m_error);
        if (m_ended) // without a single line: curl reports that as an error, so this is for completeness
            co_return Error{ErrorCode::HttpClient, QStringLiteral("the answer was empty")};
        co_await m_reader.sleep();
    }
}

Task<Result<QByteArray>> HttpStream::read()
{
    const auto self = shared_from_this();
    for (;;) {
        if (m_bytes.isEmpty()) // else what is kept goes first, so that a slow reader holds the sender up
            pull();
        if (!m_bytes.isEmpty()) {
            QByteArray bytes = std::exchange(m_bytes, {});
            co_return bytes;
        }
        if (m_error)
            co_return Error(*m_error);
        if (m_ended)
            co_return QByteArray();
        co_await m_reader.sleep();
    }
}

void HttpStream::fail(Error reason)
{
    const auto self = shared_from_this(); // whoever wakes may let go of it
    if (!std::exchange(m_ended, true))
        m_thread->cancel(m_transfer);
    m_bytes.clear();
    m_error = std::move(reason);
    m_reader.wake();
}

void HttpStream::wake()
{
    const auto self = shared_from_this();
    m_reader.wake();
}

} // namespace agent
