#include "sessionimport/securecrtimport.h"

#include "sessionimport/endpoints.h"

#include <QHash>
#include <QXmlStreamReader>

#include <algorithm>
#include <array>

namespace agent::sessionimport {

using namespace Qt::StringLiterals;

namespace {

constexpr qsizetype kMaxDepth = kMaxFolderDepth + 8; // folders, and what stands around and in a session
constexpr qsizetype kMaxValues = 4000;               // of one session; SecureCRT writes about 400
constexpr qsizetype kMaxValueSize = 64 * 1024;

/// One `<key>`: a folder, a session, or something else.
struct Key
{
    QString name;
    QHash<QString, QString> values;
    QHash<QString, QStringList> lists;
    qint64 line = 0;
};

struct StoredSession
{
    Key key;
    QStringList folderPath;
};

QString text(const Key &key, QLatin1StringView name) { return key.values.value(QString(name)); }

/// Written in decimal; older exports have hexadecimal with 0x.
quint32 number(const Key &key, QLatin1StringView name)
{
    const QString value = text(key, name);
    return value.startsWith("0x"_L1) ? value.sliced(2).toUInt(nullptr, 16) : value.toUInt();
}

/// "name|[bind address]|local port|flags|remote host|remote port|...": the exact columns differ between versions, so
/// they are told apart by what stands in them; what does not fit is not guessed at.
std::optional<ParsedForward> readForward(const QString &entry)
{
    QStringList columns = entry.split(u'|');
    if (columns.size() < 3)
        return std::nullopt;
    for (QString &column : columns)
        column = column.trimmed();
    const auto isFlag = [](const QString &column) { return column.isEmpty() || column == "0"_L1 || column == "1"_L1; };
    qsizetype at = 1; // behind the name
    ParsedForward forward;
    if (!columns[at].isEmpty() && !readPort(columns[at]))
        forward.bindAddress = columns[at++];
    while (at < columns.size() && isFlag(columns[at]))
        ++at;
    const auto listen = at < columns.size() ? readPort(columns[at++]) : std::nullopt;
    if (!listen)
        return std::nullopt;
    forward.listenPort = *listen;
    while (at < columns.size() && isFlag(columns[at]))
        ++at;
    if (at >= columns.size())
        return std::nullopt;
    forward.host = u"localhost"_s; // the destination is the server itself
    if (!readPort(columns[at]))
        forward.host = columns[at++];
    while (at < columns.size() && isFlag(columns[at]))
        ++at;
    const auto port = at < columns.size() ? readPort(columns[at]) : std::nullopt;
    if (!port || forward.host.contains(u' '))
        return std::nullopt;
    forward.port = *port;
    return forward;
}

class Reader
{
public:
    Reader(const SourceFile &file, ParsedImport &import)
        : m_file(file)
        , m_import(import)
        , m_xml(file.bytes)
    {
    }

    Status read()
    {
        m_xml.setEntityExpansionLimit(0);
        while (!m_xml.atEnd()) {
            switch (m_xml.readNext()) {
            case QXmlStreamReader::DTD:
                return Error{ErrorCode::Validation, u"the file has a document type, which no SecureCRT export has"_s};
            case QXmlStreamReader::StartElement:
                if (Status begun = begin(); !begun)
                    return begun;
                break;
            case QXmlStreamReader::Characters:
                if (m_value && m_value->size() + m_xml.text().size() <= kMaxValueSize)
                    m_value->append(m_xml.text());
                break;
            case QXmlStreamReader::EndElement:
                end();
                break;
            default:
                break;
            }
        }
        if (m_xml.hasError()) {
            return Error{ErrorCode::Validation,
                         u"line %1: %2"_s.arg(QString::number(m_xml.lineNumber()), m_xml.errorString())};
        }
        if (m_sessions.isEmpty())
            m_import.warnings.add(u"the export holds no sessions"_s, m_file.name);
        for (const StoredSession &stored : std::as_const(m_sessions))
            add(stored);
        return {};
    }

private:
    Status begin()
    {
        if (++m_depth > kMaxDepth)
            return Error{ErrorCode::Validation, u"line %1: nested too deeply"_s.arg(m_xml.lineNumber())};
        const auto name = m_xml.name();
        if (m_depth == 1 && name != "VanDyke"_L1)
            return Error{ErrorCode::Validation, u"this is no SecureCRT export: its root is not 'VanDyke'"_s};
        const QString label = m_xml.attributes().value("name"_L1).toString();
        if (name == "key"_L1) {
            m_keys.append({.name = label, .line = m_xml.lineNumber()});
        } else if (name == "array"_L1) {
            m_array = label;
        } else if (name == "string"_L1 || name == "dword"_L1) {
            m_label = label;
            m_value.emplace();
        }
        return {};
    }

    void end()
    {
        --m_depth;
        const auto name = m_xml.name();
        if (name == "key"_L1) {
            finishKey();
        } else if (name == "array"_L1) {
            m_array.reset();
        } else if (m_value && (name == "string"_L1 || name == "dword"_L1)) {
            if (!m_keys.isEmpty() && m_keys.last().values.size() + m_keys.last().lists.size() < kMaxValues) {
                if (m_array)
                    m_keys.last().lists[*m_array].append(m_value->left(4096));
                else
                    m_keys.last().values.insert(m_label, *m_value);
            }
            m_value.reset();
        }
    }

    void finishKey()
    {
        Key key = m_keys.takeLast();
        const bool isSession = !m_keys.isEmpty() && m_keys.first().name == "Sessions"_L1 &&
                               (number(key, "Is Session"_L1) == 1 || key.values.contains(u"Hostname"_s));
        if (!isSession)
            return;
        if (m_sessions.size() >= kMaxSessions) {
            if (!std::exchange(m_saidTooMany, true))
                m_import.warnings.add(u"only the first %1 sessions are read"_s.arg(kMaxSessions), m_file.name,
                                      key.line);
            return;
        }
        StoredSession stored{.key = std::move(key)};
        for (qsizetype i = 1; i < m_keys.size(); ++i)
            stored.folderPath.append(m_keys[i].name);
        m_byPath.insert(QStringList(stored.folderPath + QStringList{stored.key.name}).join(u'/'), m_sessions.size());
        m_sessions.append(std::move(stored));
    }

    void add(const StoredSession &stored)
    {
        m_at = &stored;
        warnOfPasswords(stored.key);
        if (text(stored.key, "Hostname"_L1).isEmpty() && stored.key.name == "Default"_L1 && stored.folderPath.isEmpty())
            return;
        auto session = convert(stored, Speak::Yes);
        if (!session)
            return;
        readForwards(stored.key, *session);
        readFirewall(stored.key, *session);
        m_import.sessions.append(std::move(*session));
    }

    enum class Speak { No, Yes };
    std::optional<ParsedSession> convert(const StoredSession &stored, Speak speak)
    {
        const Key &key = stored.key;
        const auto say = [&](const QString &what) {
            if (speak == Speak::Yes)
                warn(what);
        };
        ParsedSession session{.name = key.name,
                              .folderPath = stored.folderPath,
                              .host = text(key, "Hostname"_L1).trimmed(),
                              .login = {.user = text(key, "Username"_L1)},
                              .file = m_file.name,
                              .line = key.line};
        const QString protocol = text(key, "Protocol Name"_L1);
        auto portName = "[SSH2] Port"_L1;
        if (protocol.compare("Telnet"_L1, Qt::CaseInsensitive) == 0) {
            session.protocol = SessionProtocol::Telnet;
            session.port = 23;
            portName = "Port"_L1;
        } else if (protocol == "SSH1"_L1) {
            say(u"uses SSH 1, which is not supported; SSH 2 is taken"_s);
            portName = "[SSH1] Port"_L1;
        } else if (protocol != "SSH2"_L1 && !protocol.isEmpty()) {
            say(u"is left out: protocol '%1' is not supported"_s.arg(protocol));
            return std::nullopt;
        }
        if (session.host.isEmpty()) {
            say(u"is left out: it has no host"_s);
            return std::nullopt;
        }
        if (const quint32 port = number(key, portName); port >= 1 && port <= 65535)
            session.port = quint16(port);
        else if (key.values.contains(QString(portName)))
            say(u"has port '%1', which is none; %2 is taken"_s.arg(text(key, portName), QString::number(session.port)));
        if (number(key, "Use Global Public Key"_L1) != 1)
            session.login.keyPath = keyPath(text(key, "Identity Filename V2"_L1));
        if (number(key, "Idle NO-OP Check"_L1) == 1)
            session.login.keepalive = std::min<quint32>(number(key, "Idle NO-OP Timeout"_L1), 86400);
        return session;
    }

    /// Newer versions write "path::options".
    static QString keyPath(const QString &value) { return value.section(u"::"_s, 0, 0).trimmed(); }

    void readForwards(const Key &key, ParsedSession &session)
    {
        for (const auto &[name, type] : {std::pair{u"Port Forward Table V2"_s, ForwardType::Local},
                                         std::pair{u"Reverse Forward Table V2"_s, ForwardType::Remote}}) {
            for (const QString &entry : key.lists.value(name)) {
                auto forward = readForward(entry);
                if (!forward || session.forwards.size() >= kMaxForwards) {
                    warn(u"has a forward that is not carried over: '%1'"_s.arg(entry.left(200)));
                    continue;
                }
                forward->type = type;
                session.forwards.append(*forward);
            }
        }
    }

    void readFirewall(const Key &key, ParsedSession &session)
    {
        const QString firewall = text(key, "Firewall Name"_L1);
        if (firewall.isEmpty() || firewall == "None"_L1)
            return;
        const QString path = firewall.startsWith("Session:"_L1) ? firewall.sliced(8) : QString();
        const auto found = m_byPath.constFind(path);
        const StoredSession *jump = found != m_byPath.cend() ? &m_sessions[*found] : nullptr;
        const auto parsed = jump ? convert(*jump, Speak::No) : std::nullopt;
        const QString before = jump ? text(jump->key, "Firewall Name"_L1) : QString();
        if (!parsed || parsed->protocol != SessionProtocol::Ssh || (!before.isEmpty() && before != "None"_L1)) {
            session.routeLost = true;
            warn(u"goes through firewall '%1', which cannot be carried over"_s.arg(firewall));
            return;
        }
        session.hops.append(
            {.sessionName = parsed->name, .host = parsed->host, .port = parsed->port, .login = parsed->login});
    }

    void warnOfPasswords(const Key &key)
    {
        static constexpr std::array kNames{"Password"_L1, "Password V2"_L1, "Login Script V3"_L1,
                                           "Monitor Password V2"_L1, "Passphrase"_L1};
        for (const auto name : kNames) {
            if (!text(key, name).isEmpty())
                warn(u"has a stored secret (%1): passwords and login scripts are never imported"_s.arg(name));
        }
    }

    void warn(const QString &what)
    {
        const QString path = QStringList(m_at->folderPath + QStringList{m_at->key.name}).join(u'/');
        m_import.warnings.add(u"session '%1' %2"_s.arg(path, what), m_file.name, m_at->key.line);
    }

    const SourceFile &m_file;
    ParsedImport &m_import;
    QXmlStreamReader m_xml;
    qsizetype m_depth = 0;
    QList<Key> m_keys;              ///< open ones, outermost first
    std::optional<QString> m_array; ///< name of the open array
    QString m_label;
    std::optional<QString> m_value; ///< of the open string or dword
    QList<StoredSession> m_sessions;
    QHash<QString, qsizetype> m_byPath; // "folder/name" -> index
    const StoredSession *m_at = nullptr;
    bool m_saidTooMany = false;
};

} // namespace

Result<ParsedImport> parseSecureCrt(const SourceFile &file)
{
    ParsedImport import;
    if (Status read = Reader(file, import).read(); !read)
        return read.error();
    return import;
}

} // namespace agent::sessionimport
