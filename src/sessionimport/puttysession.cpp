#include "sessionimport/puttysession.h"

#include "sessionimport/endpoints.h"

#include <QHash>

namespace agent::sessionimport {

using namespace Qt::StringLiterals;

namespace {

constexpr int kProxyNone = 0, kProxySshForward = 6; // PuTTY's ProxyMethod

/// The comma-separated map of PuTTY's settings: `\` takes the next character as it is.
QList<std::pair<QString, QString>> readMap(const QString &text)
{
    QList<std::pair<QString, QString>> entries;
    std::pair<QString, QString> entry;
    bool inValue = false;
    const auto finish = [&] {
        if (!entry.first.isEmpty())
            entries.append(std::exchange(entry, {}));
        inValue = false;
    };
    for (qsizetype i = 0; i < text.size(); ++i) {
        if (text[i] == u',') {
            finish();
        } else if (text[i] == u'=' && !inValue) {
            inValue = true;
        } else {
            if (text[i] == u'\\' && i + 1 < text.size())
                ++i;
            (inValue ? entry.second : entry.first) += text[i];
        }
    }
    finish();
    return entries;
}

/// "L8080" = "host:80", "R[::1]:9000" = "host:80", "D1080", and "L1080" = "D", which newer versions write for it. "4L"
/// and "6L" choose an IP version.
std::optional<ParsedForward> readForward(QString key, const QString &value)
{
    if (key.startsWith(u'4') || key.startsWith(u'6'))
        key.remove(0, 1);
    if (key.isEmpty())
        return std::nullopt;
    const QChar kind = key[0].toUpper();
    const auto left = readHostPort(QStringView(key).sliced(1), HostPart::Optional);
    if (!left)
        return std::nullopt;
    ParsedForward forward{.bindAddress = left->host, .listenPort = left->port};
    if (kind == u'D' || (kind == u'L' && value == "D"_L1)) {
        forward.type = ForwardType::Dynamic;
        return forward;
    }
    const auto right = readHostPort(value, HostPart::Required);
    if (!right || (kind != u'L' && kind != u'R'))
        return std::nullopt;
    forward.type = kind == u'L' ? ForwardType::Local : ForwardType::Remote;
    forward.host = right->host;
    forward.port = right->port;
    return forward;
}

/// Reads one session after the other; `all` for proxies that name a session.
class Importer
{
public:
    Importer(const QList<PuttySession> &all, ParsedImport &import)
        : m_import(import)
    {
        for (const PuttySession &session : all)
            m_byName.insert(session.name, &session);
    }

    void add(const PuttySession &stored)
    {
        m_at = &stored;
        warnOfPasswords(stored);
        if (value(stored, "HostName"_L1).isEmpty() && stored.name == "Default Settings"_L1)
            return;
        auto session = read(stored);
        if (!session)
            return;
        readForwards(stored, *session);
        readProxy(stored, *session);
        m_import.sessions.append(std::move(*session));
    }

private:
    static QString value(const PuttySession &stored, QLatin1StringView name)
    {
        return stored.values.value(QString(name));
    }
    static quint32 number(const PuttySession &stored, QLatin1StringView name)
    {
        return value(stored, name).toUInt(); // 0 when absent or odd, as PuTTY has it
    }

    /// Host, protocol and login.
    std::optional<ParsedSession> read(const PuttySession &stored)
    {
        ParsedSession session{.name = stored.name, .file = stored.file, .line = stored.line};
        const QString protocol = value(stored, "Protocol"_L1);
        if (protocol == "telnet"_L1) {
            session.protocol = SessionProtocol::Telnet;
            session.port = 23;
        } else if (protocol != "ssh"_L1 && !protocol.isEmpty()) {
            warn(u"is left out: protocol '%1' is not supported"_s.arg(protocol));
            return std::nullopt;
        }
        const QString hostName = value(stored, "HostName"_L1).trimmed();
        const qsizetype at = hostName.lastIndexOf(u'@');
        session.host = hostName.sliced(at + 1);
        session.login.user = value(stored, "UserName"_L1);
        if (at > 0)
            session.login.user = hostName.first(at);
        if (session.host.isEmpty()) {
            warn(u"is left out: it has no host"_s);
            return std::nullopt;
        }
        if (const QString text = value(stored, "PortNumber"_L1); !text.isEmpty()) {
            const auto port = readPort(text);
            if (port)
                session.port = *port;
            else
                warn(u"has port '%1', which is none; %2 is taken"_s.arg(text, QString::number(session.port)));
        }
        session.login.keyPath = value(stored, "PublicKeyFile"_L1);
        if (session.login.keyPath.endsWith(".ppk"_L1, Qt::CaseInsensitive))
            warn(u"logs in with a key in PuTTY's own format: convert %1 with puttygen and name the new file in the "
                 "profile"_s.arg(session.login.keyPath));
        const quint64 seconds = quint64(number(stored, "PingInterval"_L1)) * 60 + number(stored, "PingIntervalSecs"_L1);
        if (seconds > 0)
            session.login.keepalive = quint32(std::min<quint64>(seconds, 86400));
        return session;
    }

    void readForwards(const PuttySession &stored, ParsedSession &session)
    {
        for (const auto &[key, target] : readMap(value(stored, "PortForwardings"_L1))) {
            const auto forward = readForward(key, target);
            if (!forward)
                warn(u"has a forward that is not understood: '%1=%2'"_s.arg(key, target));
            else if (session.forwards.size() < kMaxForwards)
                session.forwards.append(*forward);
            else
                warn(u"has more than %1 forwards"_s.arg(kMaxForwards));
        }
    }

    void readProxy(const PuttySession &stored, ParsedSession &session)
    {
        const QString proxy = value(stored, "ProxyHost"_L1);
        const auto method = int(number(stored, "ProxyMethod"_L1));
        if (method == kProxyNone)
            return;
        if (method != kProxySshForward || proxy.isEmpty()) {
            session.routeLost = true;
            warn(u"goes through a proxy that cannot be carried over"_s);
            return;
        }
        ParsedHop hop{.host = proxy, .login = {.user = value(stored, "ProxyUsername"_L1)}};
        if (const PuttySession *other = m_byName.value(proxy)) { // the title of a session wins over a host name
            const auto parsed = quietly(*other);
            if (!parsed || parsed->protocol != SessionProtocol::Ssh || number(*other, "ProxyMethod"_L1) != kProxyNone) {
                session.routeLost = true;
                warn(u"goes through session '%1', which cannot serve as a jump"_s.arg(proxy));
                return;
            }
            const bool isItself = hop.login.user.isEmpty() || hop.login.user == parsed->login.user;
            const QString user = isItself ? parsed->login.user : hop.login.user;
            hop = {.sessionName = isItself ? proxy : QString(),
                   .host = parsed->host,
                   .port = parsed->port,
                   .login = parsed->login};
            hop.login.user = user;
        } else if (const auto port = readPort(value(stored, "ProxyPort"_L1))) {
            hop.port = *port;
        }
        session.hops.append(hop);
    }

    /// What it says has been said or will be.
    std::optional<ParsedSession> quietly(const PuttySession &stored)
    {
        m_isQuiet = true;
        auto session = read(stored);
        m_isQuiet = false;
        return session;
    }

    void warnOfPasswords(const PuttySession &stored)
    {
        for (const auto name : {"Password"_L1, "ProxyPassword"_L1}) {
            if (!value(stored, name).isEmpty())
                warn(u"has a stored password (%1): passwords are never imported"_s.arg(name));
        }
    }

    void warn(const QString &what)
    {
        if (!m_isQuiet)
            m_import.warnings.add(u"session '%1' %2"_s.arg(m_at->name, what), m_at->file, m_at->line);
    }

    ParsedImport &m_import;
    QHash<QString, const PuttySession *> m_byName;
    const PuttySession *m_at = nullptr;
    bool m_isQuiet = false;
};

} // namespace

void addPuttySessions(const QList<PuttySession> &stored, ParsedImport &import)
{
    Importer importer(stored, import);
    for (const PuttySession &session : stored)
        importer.add(session);
}

QString unescapedPuttyName(QByteArrayView name)
{
    const QByteArray bytes = QByteArray::fromPercentEncoding(name.toByteArray());
    return QString::fromUtf8(bytes).contains(QChar::ReplacementCharacter) ? QString::fromLatin1(bytes)
                                                                          : QString::fromUtf8(bytes);
}

} // namespace agent::sessionimport
