#include "tunnels/tunnelservice.h"

#include "core/async.h"
#include "storage/database.h"
#include "tunnels/tunnelrules.h"
#include "tunnels/tunnelslog.h"
#include "tunnels/tunnelspec.h"

#include <QCoreApplication>
#include <QPointer>
#include <QTimer>

namespace agent {

Q_LOGGING_CATEGORY(lcTunnels, "netstacks.tunnels")

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace {

/// How long start-all waits for outcomes: the client gives up after 30 seconds, and asks again anyway.
constexpr auto kStartAllLimit = 3s;

bool isOfSession(const QString &id) { return id.startsWith("session:"_L1); }

Error tunnelError(const Error &error)
{
    return {error.code == ErrorCode::NotFound && error.message == repository::notFound<Tunnel>().message
                ? ErrorCode::NotFound
                : ErrorCode::Tunnel,
            error.message};
}

void writeState(JsonWriter &writer, const QString &id, const TunnelState &state)
{
    TunnelRuntimeState row;
    static_cast<TunnelState &>(row) = state;
    row.tunnelId = id;
    writeObject(writer, row);
}

void writeRow(JsonWriter &writer, const Tunnel &tunnel, const TunnelState &state)
{
    TunnelWithState row;
    static_cast<Tunnel &>(row) = tunnel;
    static_cast<TunnelState &>(row) = state;
    if (!isOfSession(tunnel.id)) {
        row.createdText = tunnel.createdAt.toJsonText();
        row.updatedText = tunnel.updatedAt.toJsonText();
    }
    writeObject(writer, row);
}

Error stopping() { return {ErrorCode::Unavailable, u"the agent is stopping"_s}; }

} // namespace

/// Delivers when the last of several starts has its outcome, or when the time is up.
struct TunnelService::StartAll
{
    int open = 1; // the caller's own, until all are begun
    std::function<void(bool)> deliver;

    void finishOne()
    {
        if (--open == 0)
            tell();
    }
    void tell()
    {
        if (auto last = std::exchange(deliver, {}))
            last(true);
    }
};

TunnelService::TunnelService(Database &database, SshContext ssh, TunnelResolver &resolver)
    : m_database(database)
    , m_dialer(std::move(ssh), resolver)
{
}

TunnelService::~TunnelService() = default;

Task<Result<QByteArray>> TunnelService::list()
{
    const QPointer self(this);
    auto stored = co_await m_database.read([](Connection &c) { return repository::list<Tunnel>(c); });
    if (!self)
        co_return stopping();
    if (!stored)
        co_return stored.error();
    learn(*stored);
    JsonWriter writer;
    writer.beginArray();
    for (const Tunnel &tunnel : std::as_const(*stored))
        writeRow(writer, tunnel, stateOf(tunnel.id));
    for (const auto &[terminal, forwards] : m_terminals) {
        for (const SessionForward &forward : forwards)
            writeRow(writer, forward.tunnel, forward.run->state());
    }
    writer.endArray();
    co_return writer.take();
}

Task<Result<QByteArray>> TunnelService::status()
{
    const QPointer self(this);
    if (!m_stored) {
        const Status learnt = co_await learnIds();
        if (!self)
            co_return stopping();
        if (!learnt)
            co_return learnt.error();
    }
    JsonWriter writer;
    writer.beginArray();
    for (const QString &id : *m_stored)
        writeState(writer, id, stateOf(id));
    for (const auto &[terminal, forwards] : m_terminals) {
        for (const SessionForward &forward : forwards)
            writeState(writer, forward.tunnel.id, forward.run->state());
    }
    writer.endArray();
    co_return writer.take();
}

Task<Result<QByteArray>> TunnelService::create(Tunnel tunnel)
{
    const QPointer self(this);
    tunnel.id = newUuid();
    tunnel.createdAt = tunnel.updatedAt = Timestamp::now();
    const QString id = tunnel.id;
    auto created = co_await m_database.run([tunnel](Connection &c) -> Result<QByteArray> {
        Tunnel checked = tunnel;
        if (Status allowed = checkTunnel(c, checked, BindRule::Check); !allowed)
            return allowed.error();
        if (Status inserted = repository::insert(c, checked); !inserted)
            return inserted.error();
        return encode(checked);
    });
    if (self && created && m_stored)
        m_stored->insert(id);
    co_return created;
}

Task<Result<QByteArray>> TunnelService::update(QString id, JsonDocument body)
{
    const QPointer self(this);
    auto updated = co_await m_database.run([id, body = std::move(body)](Connection &c) -> Result<QByteArray> {
        auto stored = repository::get<Tunnel>(c, id);
        if (!stored)
            return stored.error();
        Tunnel now = *stored;
        if (Status read = readObject(body.root(), now, BodyKind::Update); !read)
            return read.error();
        const bool isBindGiven = memberOf(body.root(), "bind_address") != nullptr;
        if (Status allowed = checkTunnel(c, now, isBindGiven ? BindRule::Check : BindRule::Skip); !allowed)
            return allowed.error();
        if (now == *stored)
            return encode(now);
        now.updatedAt = Timestamp::now();
        if (Status written = repository::update(c, now); !written)
            return written.error();
        return encode(now);
    });
    if (!self || !updated)
        co_return updated;
    if (TunnelRun *run = findRun(id))
        co_await run->stop();
    co_return updated;
}

Task<Status> TunnelService::remove(QString id)
{
    const QPointer self(this);
    const Status removed = co_await m_database.run([id](Connection &c) { return repository::remove<Tunnel>(c, id); });
    if (!self || !removed)
        co_return removed;
    if (m_stored)
        m_stored->erase(id);
    auto run = m_runs.extract(id); // gone from every list at once; its port is free when we answer
    if (!run.empty())
        co_await run.mapped()->stop();
    co_return Status();
}

Task<Status> TunnelService::start(QString id)
{
    const QPointer self(this);
    if (m_isStopped)
        co_return stopping();
    if (isOfSession(id)) {
        co_return findRun(id) ? Error{ErrorCode::Tunnel, u"a session's forward starts with its terminal"_s}
                              : repository::notFound<Tunnel>();
    }
    auto tunnel = co_await m_database.read([id](Connection &c) { return repository::get<Tunnel>(c, id); });
    if (!self || m_isStopped)
        co_return stopping();
    if (!tunnel)
        co_return tunnelError(tunnel.error());
    const Status started = co_await runOf(id)->start(specOf(*tunnel));
    co_return started ? Status() : Status(Error{ErrorCode::Tunnel, started.error().message});
}

Task<Status> TunnelService::stop(QString id)
{
    const QPointer self(this);
    if (!m_stored) {
        const Status learnt = co_await learnIds();
        if (!self)
            co_return stopping();
        if (!learnt)
            co_return learnt;
    }
    TunnelRun *run = findRun(id);
    if (!run && !m_stored->contains(id))
        co_return repository::notFound<Tunnel>();
    if (run)
        co_await run->stop();
    co_return Status();
}

Task<Status> TunnelService::reconnect(QString id)
{
    const QPointer self(this);
    if (!isOfSession(id)) {
        if (TunnelRun *run = findRun(id))
            co_await run->stop();
    }
    if (!self)
        co_return stopping();
    co_return co_await start(id);
}

Task<Status> TunnelService::startAll()
{
    const QPointer self(this);
    auto tunnels = co_await m_database.read(
        [](Connection &c) { return repository::list<Tunnel>(c, u"WHERE enabled <> 0 AND auto_start <> 0"_s); });
    if (!self || m_isStopped)
        co_return stopping();
    if (!tunnels)
        co_return tunnels.error();
    Delivery<bool> settled;
    const auto all = std::make_shared<StartAll>();
    all->deliver = settled.deliverer();
    for (const Tunnel &tunnel : std::as_const(*tunnels)) {
        ++all->open;
        startOne(tunnel.id, specOf(tunnel), all);
    }
    all->finishOne();
    QTimer::singleShot(kStartAllLimit, qApp, [all] { all->tell(); });
    co_await settled;
    co_return Status();
}

Task<> TunnelService::startOne(QString id, TunnelRun::Spec spec, std::shared_ptr<StartAll> all)
{
    if (!runOf(id)->isRunning())
        static_cast<void>(co_await runOf(id)->start(std::move(spec))); // its state tells the failure, and the log
    all->finishOne();
}

Task<Status> TunnelService::stopAll()
{
    std::vector<Task<>> stops; // each has begun when it is made
    for (const auto &[id, run] : m_runs)
        stops.push_back(run->stop());
    for (const auto &[terminal, forwards] : m_terminals) {
        for (const SessionForward &forward : forwards)
            stops.push_back(forward.run->stop());
    }
    for (auto &stop : stops)
        co_await stop;
    co_return Status();
}

void TunnelService::openForwards(const QString &terminal, const QString &sessionId)
{
    if (m_isStopped)
        return;
    m_terminals.try_emplace(terminal);
    openTerminalForwards(terminal, sessionId);
}

Task<> TunnelService::openTerminalForwards(QString terminal, QString sessionId)
{
    const QPointer self(this);
    auto session = co_await m_dialer.resolver().forwardsOf(sessionId);
    if (!self)
        co_return;
    const auto entry = m_terminals.find(terminal);
    if (entry == m_terminals.end())
        co_return; // closed meanwhile
    if (!session || session->forwards.isEmpty()) {
        if (!session)
            qCWarning(lcTunnels).noquote() << "no forwards for session" << sessionId << ':' << session.error().message;
        m_terminals.erase(entry);
        co_return;
    }
    for (const PortForward &forward : std::as_const(session->forwards)) {
        Tunnel tunnel = sessionTunnel(terminal, session->place, forward);
        TunnelRun::Spec spec = specOf(tunnel);
        spec.place = session->place;
        spec.startsByItself = true; // a terminal that connects may yet find the vault locked for them
        auto run = std::make_unique<TunnelRun>(m_dialer);
        TunnelRun *starting = run.get();
        entry->second.push_back({std::move(tunnel), std::move(run)});
        starting->start(std::move(spec)).then([](const Status &) {}); // its state tells the failure, and the log
    }
}

void TunnelService::closeForwards(const QString &terminal) { m_terminals.erase(terminal); }

void TunnelService::retryAfterUnlock()
{
    for (const auto &[id, run] : m_runs)
        run->retryAfterUnlock();
    for (const auto &[terminal, forwards] : m_terminals) {
        for (const SessionForward &forward : forwards)
            forward.run->retryAfterUnlock();
    }
}

void TunnelService::shutDown()
{
    m_isStopped = true;
    m_runs.clear();
    m_terminals.clear();
}

TunnelRun *TunnelService::runOf(const QString &id)
{
    auto &run = m_runs[id];
    if (!run)
        run = std::make_unique<TunnelRun>(m_dialer);
    return run.get();
}

TunnelRun *TunnelService::findRun(const QString &id)
{
    if (const auto entry = m_runs.find(id); entry != m_runs.end())
        return entry->second.get();
    for (const auto &[terminal, forwards] : m_terminals) {
        for (const SessionForward &forward : forwards) {
            if (forward.tunnel.id == id)
                return forward.run.get();
        }
    }
    return nullptr;
}

TunnelState TunnelService::stateOf(const QString &id) const
{
    const auto entry = m_runs.find(id);
    return entry == m_runs.end() ? TunnelState() : entry->second->state();
}

void TunnelService::learn(const QList<Tunnel> &stored)
{
    m_stored.emplace();
    for (const Tunnel &tunnel : stored)
        m_stored->insert(tunnel.id);
    // A tunnel goes with its profile, too.
    std::erase_if(m_runs, [this](const auto &entry) { return !m_stored->contains(entry.first); });
}

Task<Status> TunnelService::learnIds()
{
    const QPointer self(this);
    auto stored = co_await m_database.read([](Connection &c) { return repository::list<Tunnel>(c); });
    if (!stored)
        co_return stored.error();
    if (self)
        learn(*stored);
    co_return Status();
}

} // namespace agent
