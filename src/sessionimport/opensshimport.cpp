#include "sessionimport/opensshimport.h"

#include "sessionimport/opensshhost.h"
#include "sessionimport/opensshwords.h"

namespace agent::sessionimport {

using namespace Qt::StringLiterals;

namespace {

/// A name in a Host line that is one host.
struct Alias
{
    QString name;
    const OpenSshNode *node = nullptr;
};

class OpenSshImport
{
public:
    OpenSshImport(const OpenSshConfig &config, QString localUser, ParsedImport &import)
        : m_config(config)
        , m_localUser(std::move(localUser))
        , m_evaluator(config, m_localUser)
        , m_import(import)
    {
    }

    Status run()
    {
        collectAliases();
        for (const Alias &alias : std::as_const(m_aliases)) {
            if (Status added = addSession(alias); !added)
                return added;
        }
        return {};
    }

private:
    void collectAliases()
    {
        for (const OpenSshNode &node : m_config.nodes) {
            for (const OpenSshNode::Pattern &pattern : node.patterns) {
                if (!pattern.isName || pattern.excludes || pattern.text.isEmpty() || m_names.contains(pattern.text))
                    continue;
                if (m_aliases.size() >= kMaxSessions) {
                    m_import.warnings.add(u"only the first %1 hosts are read"_s.arg(kMaxSessions));
                    return;
                }
                m_names.insert(pattern.text);
                m_aliases.append({pattern.text, &node});
            }
        }
        if (m_aliases.isEmpty())
            m_import.warnings.add(u"no Host line names a host without wildcards, so there is nothing to import"_s);
    }

    /// Evaluations are kept: many hosts share a jump.
    Result<OpenSshHost> evaluate(const Destination &given)
    {
        const QString key = given.user + u'\n' + given.host + u'\n' + QString::number(given.port.value_or(0));
        if (const auto known = m_evaluated.constFind(key); known != m_evaluated.cend())
            return *known;
        auto host = m_evaluator.evaluate(given);
        if (host)
            m_evaluated.insert(key, *host);
        return host;
    }

    Status addSession(const Alias &alias)
    {
        m_at = alias.node;
        auto host = evaluate({.host = alias.name});
        if (!host) {
            if (host.error().code == ErrorCode::TooLarge)
                return host.error();
            warn(u"host '%1' is left out: %2"_s.arg(alias.name, host.error().message));
            return {};
        }
        ParsedSession session{.name = alias.name,
                              .host = host->hostName,
                              .port = host->port,
                              .login = loginOf(alias.name, *host, Speak::Yes),
                              .legacySsh = host->legacyAlgorithms,
                              .forwards = host->forwards,
                              .file = m_config.files[alias.node->file],
                              .line = alias.node->line};
        QSet<QString> seen{alias.name};
        if (Status routed = addHops(session, *host, seen); !routed) {
            if (routed.error().code == ErrorCode::TooLarge)
                return routed;
            session.hops.clear();
            session.routeLost = true;
            warn(u"host '%1': %2"_s.arg(alias.name, routed.error().message));
        }
        m_import.sessions.append(std::move(session));
        return {};
    }

    /// The way to `host`, as ssh goes it: the list of its ProxyJump, and before that the way to the first of them.
    Status addHops(ParsedSession &session, const OpenSshHost &host, QSet<QString> &seen)
    {
        QList<Destination> jumps = host.proxyJump.value_or(QList<Destination>());
        if (host.proxyCommand && host.proxyCommand->compare("none"_L1, Qt::CaseInsensitive) != 0) {
            const auto jump = jumpOfProxyCommand(*host.proxyCommand);
            if (!jump)
                return lost(u"its ProxyCommand is not carried over, and it is not to be dialled without it"_s);
            jumps = {*jump};
        }
        for (qsizetype i = 0; i < jumps.size(); ++i) {
            auto hop = evaluate(jumps[i]);
            if (!hop)
                return hop.error();
            if (i == 0) { // for the others ssh gives the way on the command line
                if (seen.contains(jumps[i].host))
                    return lost(u"its ProxyJump leads back to '%1'"_s.arg(jumps[i].host));
                seen.insert(jumps[i].host);
                if (Status before = addHops(session, *hop, seen); !before)
                    return before;
            }
            if (session.hops.size() >= kMaxHops)
                return lost(u"its way has more than %1 hops"_s.arg(kMaxHops));
            const bool isItself = (jumps[i].user.isEmpty() || jumps[i].user == userOf(jumps[i].host)) &&
                                  (!jumps[i].port || *jumps[i].port == portOf(jumps[i].host));
            session.hops.append({.sessionName = isItself && m_names.contains(jumps[i].host) ? jumps[i].host : QString(),
                                 .host = hop->hostName,
                                 .port = hop->port,
                                 .login = loginOf(jumps[i].host, *hop, Speak::No)});
        }
        return {};
    }

    QString userOf(const QString &alias)
    {
        auto host = evaluate({.host = alias});
        return host ? host->user : QString();
    }
    quint16 portOf(const QString &alias)
    {
        auto host = evaluate({.host = alias});
        return host ? host->port : 0;
    }

    enum class Speak { No, Yes }; // a hop's own session has said it, or another way to it does
    ParsedLogin loginOf(const QString &alias, const OpenSshHost &host, Speak speak)
    {
        ParsedLogin login{
            .user = host.user, .keepalive = host.serverAliveInterval, .connectTimeout = host.connectTimeout};
        qsizetype usable = 0;
        for (const QString &file : host.identityFiles) {
            if (file.compare("none"_L1, Qt::CaseInsensitive) == 0)
                continue;
            const auto path = expandedPath(file, alias, host);
            if (!path) {
                if (speak == Speak::Yes)
                    warn(u"host '%1': IdentityFile '%2' cannot be expanded and is not carried over"_s.arg(alias, file));
                continue;
            }
            if (usable++ == 0)
                login.keyPath = *path;
        }
        if (usable > 1 && speak == Speak::Yes)
            warn(u"host '%1': only the first of %2 key files is carried over"_s.arg(alias, QString::number(usable)));
        return login;
    }

    std::optional<QString> expandedPath(const QString &text, const QString &alias, const OpenSshHost &host) const
    {
        QString path;
        if (text.contains("${"_L1))
            return std::nullopt; // the environment of whoever runs ssh
        for (qsizetype i = 0; i < text.size(); ++i) {
            if (text[i] != u'%') {
                path += text[i];
                continue;
            }
            switch (++i < text.size() ? text[i].unicode() : u'\0') {
            case u'%':
                path += u'%';
                break;
            case u'd':
                path += u'~';
                break;
            case u'h':
                path += host.hostName;
                break;
            case u'n':
                path += alias;
                break;
            case u'p':
                path += QString::number(host.port);
                break;
            case u'r':
                path += host.user;
                break;
            case u'u':
                path += m_localUser;
                break;
            default:
                return std::nullopt;
            }
        }
        return path;
    }

    static Error lost(QString why) { return {ErrorCode::Validation, std::move(why)}; }
    void warn(QString message) { m_import.warnings.add(std::move(message), m_config.files[m_at->file], m_at->line); }

    const OpenSshConfig &m_config;
    const QString m_localUser;
    OpenSshEvaluator m_evaluator;
    ParsedImport &m_import;
    QList<Alias> m_aliases;
    QSet<QString> m_names;
    QHash<QString, OpenSshHost> m_evaluated;
    const OpenSshNode *m_at = nullptr; ///< what warnings are about
};

} // namespace

std::optional<Destination> jumpOfProxyCommand(const QString &command)
{
    const auto split = splitOpenSshLine(QString(u"proxycommand "_s + command));
    if (!split || !*split)
        return std::nullopt;
    QStringList words = (*split)->words;
    if (words.value(0) == "exec"_L1)
        words.removeFirst();
    if (words.value(0) != "ssh"_L1 && !words.value(0).endsWith("/ssh"_L1))
        return std::nullopt;

    std::optional<Destination> jump;
    std::optional<QString> user;
    std::optional<quint16> port;
    bool forwards = false;
    for (qsizetype i = 1; i < words.size(); ++i) {
        const QString &word = words[i];
        if (word == "-W"_L1) {
            const QString target = words.value(++i);
            forwards = target == "%h:%p"_L1 || target == "[%h]:%p"_L1;
            if (!forwards)
                return std::nullopt;
        } else if (word == "-l"_L1) {
            user = words.value(++i);
        } else if (word == "-p"_L1) {
            port = readPort(words.value(++i));
            if (!port)
                return std::nullopt;
        } else if (word == "-q"_L1 || word == "-T"_L1 || word == "-x"_L1 || word == "-a"_L1 || word == "-A"_L1) {
            continue;
        } else if (word.startsWith(u'-')) {
            return std::nullopt; // might be anything
        } else if (!jump) {
            jump = readDestination(word);
            if (!jump)
                return std::nullopt;
        } else if (!forwards && (word == "nc"_L1 || word == "netcat"_L1) && i + 3 == words.size() &&
                   words[i + 1] == "%h"_L1 && words[i + 2] == "%p"_L1) {
            forwards = true;
            break;
        } else {
            return std::nullopt;
        }
    }
    if (!jump || !forwards)
        return std::nullopt;
    if (user)
        jump->user = *user;
    if (port)
        jump->port = port;
    return jump;
}

Result<ParsedImport> parseOpenSsh(const SourceFile &main, const IncludeSource &includes, const QString &localUser)
{
    ParsedImport import;
    auto config = readOpenSshConfig(main, includes, import);
    if (!config)
        return config.error();
    if (Status done = OpenSshImport(*config, localUser, import).run(); !done)
        return done.error();
    return import;
}

} // namespace agent::sessionimport
