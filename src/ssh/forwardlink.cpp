#include "ssh/forwardlink.h"

namespace agent {

using namespace Qt::StringLiterals;

ForwardLink::ForwardLink(UniqueSocket listener, News news)
    : m_listener(std::move(listener))
    , m_news(std::move(news))
{
}

ForwardLink::~ForwardLink() { reportEnded(Error{ErrorCode::Cancelled, u"the connection was closed"_s}); }

void ForwardLink::stop()
{
    m_streams->isStopped = true;
    {
        const std::scoped_lock lock(m_mutex);
        if (m_hasBegun)
            return;
        m_listener = UniqueSocket();
    }
    reportEnded(Error{ErrorCode::Cancelled, u"the forward was stopped"_s});
}

std::optional<UniqueSocket> ForwardLink::begin()
{
    const std::scoped_lock lock(m_mutex);
    if (m_streams->isStopped)
        return std::nullopt;
    m_hasBegun = true;
    return std::move(m_listener);
}

void ForwardLink::reportStarted() { report(std::nullopt); }

void ForwardLink::reportEnded(const Error &why)
{
    m_streams->isStopped = true;
    report(why);
}

void ForwardLink::report(std::optional<Error> end)
{
    News news;
    {
        const std::scoped_lock lock(m_mutex);
        news.started = std::exchange(m_news.started, {});
        if (end) {
            m_listener = UniqueSocket();
            news.ended = std::exchange(m_news.ended, {});
        }
    }
    if (news.started)
        news.started(end ? Status(*end) : Status());
    if (news.ended)
        news.ended(*end);
}

} // namespace agent
