#include "sessionimport/puttyimport.h"

#include "sessionimport/puttysession.h"

#include <QStringDecoder>

namespace agent::sessionimport {

using namespace Qt::StringLiterals;

namespace {

constexpr qsizetype kMaxValues = 2000; // of one session; PuTTY writes about 200

QString decoded(const QByteArray &bytes)
{
    const auto encoding = QStringConverter::encodingForData(bytes);
    QStringDecoder decoder(encoding.value_or(QStringConverter::Utf8));
    QString text = decoder(bytes);
    if (decoder.hasError() && !encoding)
        text = QString::fromLatin1(bytes); // REGEDIT4 is written in the code page of the machine
    return text;
}

/// A quoted text from `at`, which stands on the opening quote; leaves `at` behind the closing one.
std::optional<QString> quoted(QStringView line, qsizetype &at)
{
    if (at >= line.size() || line[at] != u'"')
        return std::nullopt;
    QString text;
    for (++at; at < line.size(); ++at) {
        if (line[at] == u'"') {
            ++at;
            return text;
        }
        if (line[at] == u'\\' && at + 1 < line.size())
            ++at;
        text += line[at];
    }
    return std::nullopt;
}

/// `hex(1):41,00,00,00`: a text as UTF-16LE, up to its NUL.
QString textOfHex(QStringView hex)
{
    QByteArray bytes;
    for (const QStringView digits : hex.tokenize(u','))
        bytes.append(char(digits.trimmed().toUInt(nullptr, 16)));
    QStringDecoder decoder(QStringConverter::Utf16LE, QStringConverter::Flag::Stateless);
    const QString text = decoder(bytes);
    return text.left(text.indexOf(QChar()) < 0 ? text.size() : text.indexOf(QChar()));
}

class RegistryReader
{
public:
    RegistryReader(const SourceFile &file, ParsedImport &import)
        : m_file(file)
        , m_import(import)
    {
    }

    Result<QList<PuttySession>> read()
    {
        const QString text = decoded(m_file.bytes);
        if (!text.startsWith("Windows Registry Editor Version 5.00"_L1) && !text.startsWith("REGEDIT4"_L1))
            return Error{ErrorCode::Validation, u"this is no registry export: its first line does not say so"_s};
        QString joined;
        qint64 line = 0, start = 0;
        for (QStringView part : QStringView(text).tokenize(u'\n')) {
            ++line;
            if (part.endsWith(u'\r'))
                part.chop(1);
            if (joined.isEmpty())
                start = line;
            // Only hex values go on in the next line.
            if (part.endsWith(u'\\') && (!joined.isEmpty() || part.contains("=hex"_L1))) {
                joined += part.chopped(1).trimmed();
                continue;
            }
            if (joined.isEmpty()) {
                readLine(part.trimmed(), start);
            } else {
                joined += part.trimmed();
                readLine(std::exchange(joined, {}), start);
            }
        }
        return std::move(m_sessions);
    }

private:
    void readLine(QStringView line, qint64 number)
    {
        if (line.startsWith(u'[') && line.endsWith(u']')) {
            beginKey(line.sliced(1, line.size() - 2), number);
        } else if (m_inSession && line.startsWith(u'"')) {
            readValue(line, number);
        }
    }

    void beginKey(QStringView key, qint64 number)
    {
        static constexpr auto kSessions = "\\Sessions\\"_L1;
        const qsizetype at = key.lastIndexOf(kSessions, -1, Qt::CaseInsensitive);
        const QStringView name = at < 0 ? QStringView() : key.sliced(at + kSessions.size());
        m_inSession = !name.isEmpty() && !name.contains(u'\\') && !key.startsWith(u'-');
        if (!m_inSession)
            return;
        if (m_sessions.size() >= kMaxSessions) {
            m_inSession = false;
            if (!std::exchange(m_saidTooMany, true))
                m_import.warnings.add(u"only the first %1 sessions are read"_s.arg(kMaxSessions), m_file.name, number);
            return;
        }
        m_sessions.append({.name = unescapedPuttyName(name.toUtf8()), .file = m_file.name, .line = number});
    }

    void readValue(QStringView line, qint64 number)
    {
        qsizetype at = 0;
        const auto name = quoted(line, at);
        if (!name || at >= line.size() || line[at] != u'=')
            return notUnderstood(number);
        const QStringView value = line.sliced(at + 1);
        QString text;
        if (value.startsWith(u'"')) {
            qsizetype from = 0;
            const auto content = quoted(value, from);
            if (!content)
                return notUnderstood(number);
            text = *content;
        } else if (value.startsWith("dword:"_L1)) {
            bool ok = false;
            const uint content = value.sliced(6).toUInt(&ok, 16);
            if (!ok)
                return notUnderstood(number);
            text = QString::number(content);
        } else if (value.startsWith("hex(1):"_L1) || value.startsWith("hex(2):"_L1)) {
            text = textOfHex(value.sliced(7));
        } else if (value.startsWith("hex"_L1) || value == u"-"_s) {
            return; // binary data, or a value to delete: nothing a session needs
        } else {
            return notUnderstood(number);
        }
        auto &values = m_sessions.last().values;
        if (values.size() < kMaxValues)
            values.insert(*name, text);
    }

    void notUnderstood(qint64 number) { m_import.warnings.add(u"the value is not understood"_s, m_file.name, number); }

    const SourceFile &m_file;
    ParsedImport &m_import;
    QList<PuttySession> m_sessions;
    bool m_inSession = false;
    bool m_saidTooMany = false;
};

} // namespace

Result<ParsedImport> parsePuttyRegistry(const SourceFile &file)
{
    ParsedImport import;
    auto sessions = RegistryReader(file, import).read();
    if (!sessions)
        return sessions.error();
    addPuttySessions(*sessions, import);
    return import;
}

Result<ParsedImport> parsePuttyFiles(const QList<SourceFile> &files)
{
    ParsedImport import;
    QList<PuttySession> sessions;
    for (const SourceFile &file : files) {
        if (sessions.size() >= kMaxSessions) {
            import.warnings.add(u"only the first %1 sessions are read"_s.arg(kMaxSessions));
            break;
        }
        const QByteArray name = file.name.toUtf8();
        PuttySession session{.name = unescapedPuttyName(QByteArrayView(name).sliced(name.lastIndexOf('/') + 1)),
                             .file = file.name};
        const QString text = decoded(file.bytes);
        for (QStringView line : QStringView(text).tokenize(u'\n')) {
            if (line.endsWith(u'\r'))
                line.chop(1);
            const qsizetype equals = line.indexOf(u'=');
            if (equals > 0 && session.values.size() < kMaxValues)
                session.values.insert(line.first(equals).toString(), line.sliced(equals + 1).toString());
        }
        sessions.append(std::move(session));
    }
    addPuttySessions(sessions, import);
    return import;
}

} // namespace agent::sessionimport
