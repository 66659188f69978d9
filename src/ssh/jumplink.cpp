#include "ssh/jumplink.h"

#include "platform/socketpair.h"
#include "ssh/authprompter.h"
#include "ssh/sshconnection.h"
#include "ssh/streamchannel.h"

#include <mutex>
#include <optional>

namespace agent {

using namespace Qt::StringLiterals;

/// What the thread that dials and the jump's thread share.
struct JumpLink::Dial
{
    using Clock = std::chrono::steady_clock;

    std::mutex mutex;
    std::optional<Clock::time_point> askedAt; ///< the jump is up
    bool isOpen = false;
    std::optional<Error> failure;
    QString lossReason;
};

class JumpLink::Observer final : public StreamObserver
{
public:
    Observer(std::shared_ptr<Dial> dial, std::shared_ptr<Wakeup> wakeup)
        : m_dial(std::move(dial))
        , m_wakeup(std::move(wakeup))
    {
    }

    void transportReady() override
    {
        tell([](Dial &dial) { dial.askedAt = Dial::Clock::now(); });
    }
    void opened() override
    {
        tell([](Dial &dial) { dial.isOpen = true; });
    }
    void failed(const Error &error) override
    {
        tell([&](Dial &dial) { dial.failure = error; });
    }
    void closed(const QString &reason) override
    {
        tell([&](Dial &dial) { dial.lossReason = reason; });
    }

private:
    template <typename Change>
    void tell(Change change)
    {
        {
            const std::scoped_lock lock(m_dial->mutex);
            change(*m_dial);
        }
        m_wakeup->wake();
    }

    const std::shared_ptr<Dial> m_dial;
    const std::shared_ptr<Wakeup> m_wakeup;
};

namespace {

SshContext neverAsking(SshContext context)
{
    context.hostKeys = {};
    return context;
}

} // namespace

JumpLink::JumpLink(const SshContext &context, std::unique_ptr<SshTarget> jump, std::shared_ptr<AuthPrompter> prompter)
    : m_label(jump->label.isEmpty() ? u"jump host '%1'"_s.arg(jump->host) : jump->label)
    , m_connection(std::make_unique<SshConnection>(neverAsking(context)))
    , m_jump(std::move(jump))
    , m_prompter(std::move(prompter))
{
}

JumpLink::~JumpLink() = default;

Result<UniqueSocket> JumpLink::dial(const QString &host, quint16 port, std::chrono::milliseconds limit,
                                    const std::shared_ptr<StopSignal> &stop)
{
    auto [ours, theirs] = makeSocketPair();
    if (!ours.isOpen())
        return Error{ErrorCode::Unavailable, u"too many connections are open"_s};
    const auto dial = std::make_shared<Dial>();
    m_lastDial = dial;
    m_connection->add(std::make_unique<StreamChannel>(StreamChannel::Destination{.host = host, .port = port},
                                                      std::move(theirs),
                                                      std::make_unique<Observer>(dial, stop->wakeup())));
    if (m_jump) {
        if (Status opened = m_connection->open(std::move(*std::exchange(m_jump, {})), m_prompter); !opened)
            return opened.error();
    }
    for (;;) {
        auto wait = std::chrono::milliseconds(-1); // while the jump connects: it has limits of its own
        {
            const std::scoped_lock lock(dial->mutex);
            if (dial->isOpen)
                return std::move(ours);
            if (dial->failure) {
                const QString text = dial->failure->code == ErrorCode::ChannelError
                                         ? u"%1 does not connect to %2 port %3 (%4). TCP forwarding may be disabled "
                                           u"on it"_s.arg(m_label, host)
                                               .arg(port)
                                               .arg(dial->failure->message)
                                         : u"%1: %2"_s.arg(m_label, dial->failure->message);
                return Error{dial->failure->code, text};
            }
            if (dial->askedAt) {
                wait = std::chrono::ceil<std::chrono::milliseconds>(*dial->askedAt + limit - Dial::Clock::now());
                if (wait.count() <= 0)
                    return Error{ErrorCode::ConnectionFailed,
                                 u"%1: no connection to %2 port %3 in time"_s.arg(m_label, host).arg(port)};
            }
        }
        PollEntry entry{stop->wakeup()->descriptor(), POLLIN, 0};
        pollSockets(&entry, 1, int(wait.count()));
        stop->wakeup()->clear();
        if (stop->isStopped())
            return Error{ErrorCode::Cancelled, u"the connection was cancelled"_s};
    }
}

QString JumpLink::lossReason() const
{
    if (!m_lastDial)
        return {};
    const std::scoped_lock lock(m_lastDial->mutex);
    return m_lastDial->lossReason.isEmpty() ? QString() : u"%1: %2"_s.arg(m_label, m_lastDial->lossReason);
}

} // namespace agent
