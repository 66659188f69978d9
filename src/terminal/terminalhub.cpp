#include "terminal/terminalhub.h"

#include "backend/workerthreads.h"
#include "core/uuid.h"
#include "pty/localshell.h"
#include "ssh/sshshell.h"
#include "telnet/telnetterminal.h"
#include "terminal/sessionresolver.h"
#include "terminal/terminal.h"
#include "terminal/terminallog.h"

namespace agent {

Q_LOGGING_CATEGORY(lcTerminal, "netstacks.terminal")

using namespace Qt::StringLiterals;

TerminalHub::TerminalHub(SshContext ssh, SessionResolver &resolver, const ChildDefaults &shellDefaults)
    : m_ssh(std::move(ssh))
    , m_resolver(resolver)
    , m_shellDefaults(shellDefaults)
{
}

TerminalHub::~TerminalHub() = default;

void TerminalHub::open(std::unique_ptr<QWebSocket> socket, OpenTerminal request)
{
    Terminal *terminal = add(std::move(socket), request.size);
    if (!terminal)
        return;
    switch (request.kind) {
    case TerminalKind::Local:
        return terminal->run({.backend = std::make_unique<LocalShell>(m_ssh.threads, m_shellDefaults),
                              .announce = Terminal::Announce::Nothing});
    case TerminalKind::Telnet:
        if (request.sessionId.isEmpty())
            return terminal->refuse(u"a Telnet terminal needs a saved session"_s);
        openTelnet(terminal, request.sessionId);
        return;
    case TerminalKind::Ssh:
        break;
    }
    if (request.adHoc) {
        if (request.adHoc->host.isEmpty() || request.adHoc->login.username.isEmpty())
            return terminal->refuse(u"a connection without a saved session needs 'host' and 'username'"_s);
        return openSsh(terminal, {.target = std::move(*request.adHoc)}, request.sessionId);
    }
    if (request.sessionId.isEmpty())
        return terminal->refuse(u"an SSH terminal needs a saved session, or 'password' or 'key_path'"_s);
    openSession(terminal, request.sessionId);
}

void TerminalHub::refuse(std::unique_ptr<QWebSocket> socket, const QString &reason)
{
    if (Terminal *terminal = add(std::move(socket), {}))
        terminal->refuse(reason);
}

void TerminalHub::stop()
{
    m_isStopped = true;
    // Closing a socket may take its terminal out of the map.
    std::vector<Terminal *> open;
    for (const auto &[id, terminal] : m_terminals)
        open.push_back(terminal.get());
    for (Terminal *terminal : open)
        terminal->shutDown();
}

Terminal *TerminalHub::add(std::unique_ptr<QWebSocket> socket, TerminalSize size)
{
    const Id id = ++m_lastId;
    auto &terminal = m_terminals[id] = std::make_unique<Terminal>(std::move(socket), size);
    connect(terminal.get(), &Terminal::typed, this, &TerminalHub::typed);
    connect(terminal.get(), &Terminal::gone, this, [this, id] {
        auto entry = m_terminals.extract(id);
        if (entry)
            entry.mapped().release()->deleteLater(); // it is telling us so itself
        qCDebug(lcTerminal) << "terminal" << id << "closed;" << m_terminals.size() << "open";
    });
    Terminal *added = terminal.get();
    if (m_isStopped || m_terminals.size() > kMaxTerminals) {
        added->refuse(m_isStopped ? u"the agent is stopping"_s : u"too many terminals are open"_s);
        return nullptr;
    }
    qCDebug(lcTerminal) << "terminal" << id << "opened;" << m_terminals.size() << "open";
    return added;
}

void TerminalHub::openSsh(Terminal *terminal, ResolvedSsh resolved, QString sessionId)
{
    SshContext ssh = m_ssh;
    if (resolved.target.via)
        ssh.hostKeys = {}; // behind a jump nobody is asked: contract 03 section 5.2
    terminal->run({.backend = std::make_unique<SshShell>(std::move(ssh), std::move(resolved.target)),
                   .announce = Terminal::Announce::Connected,
                   .sessionId = sessionId,
                   .viaJump = resolved.viaJump,
                   .autoCommands = std::move(resolved.autoCommands)});
}

Task<> TerminalHub::openSession(QPointer<Terminal> terminal, QString sessionId)
{
    const QPointer<TerminalHub> self(this);
    auto resolved = co_await m_resolver.resolve(sessionId);
    if (!self || !terminal || terminal->isOver())
        co_return;
    if (!resolved) {
        terminal->refuse(resolved.error().message);
        co_return;
    }
    stampWhenConnected(terminal, sessionId);
    connect(terminal, &Terminal::connected, this, [this, terminal, sessionId] {
        const QString id = newUuid();
        connect(terminal, &Terminal::gone, this, [this, id] { Q_EMIT sessionGone(id); });
        Q_EMIT sessionConnected(id, sessionId);
    });
    openSsh(terminal, std::move(*resolved), sessionId);
}

Task<> TerminalHub::openTelnet(QPointer<Terminal> terminal, QString sessionId)
{
    const QPointer<TerminalHub> self(this);
    auto resolved = co_await m_resolver.resolveTelnet(sessionId);
    if (!self || !terminal || terminal->isOver())
        co_return;
    if (!resolved) {
        terminal->refuse(resolved.error().message);
        co_return;
    }
    stampWhenConnected(terminal, sessionId);
    terminal->run({.backend = std::make_unique<TelnetTerminal>(m_ssh.threads, std::move(resolved->target)),
                   .announce = Terminal::Announce::Connected,
                   .sessionId = sessionId,
                   .autoCommands = std::move(resolved->autoCommands),
                   .autoStart = AutoCommands::StartAt::PromptAfterLogin});
}

void TerminalHub::stampWhenConnected(Terminal *terminal, const QString &sessionId)
{
    connect(terminal, &Terminal::connected, this, [this, sessionId] { m_resolver.connected(sessionId); });
}

} // namespace agent
