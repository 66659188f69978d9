#include "terminal/openterminal.h"

namespace agent {

using namespace Qt::StringLiterals;

namespace {

/// The first value of `name`; null when absent.
QString valueOf(const QueryPairs &query, QStringView name)
{
    for (const auto &[key, value] : query) {
        if (key == name)
            return value.isNull() ? u""_s : value;
    }
    return {};
}

Error badValue(const QString &name)
{
    return Error{ErrorCode::BadRequest, u"query parameter '%1' has a bad value"_s.arg(name), name};
}

Result<quint32> numberOf(const QueryPairs &query, const QString &name, quint32 max, quint32 fallback)
{
    const QString text = valueOf(query, name);
    if (text.isNull())
        return fallback;
    bool ok = !text.isEmpty() && std::all_of(text.begin(), text.end(), [](QChar c) { return c >= u'0' && c <= u'9'; });
    const quint32 number = ok ? text.toUInt(&ok) : 0;
    if (!ok || number > max)
        return badValue(name);
    return number;
}

Result<TerminalKind> kindOf(const QueryPairs &query)
{
    const QString word = valueOf(query, u"type");
    if (word.isNull() || word == "local"_L1)
        return TerminalKind::Local;
    if (word == "ssh"_L1)
        return TerminalKind::Ssh;
    if (word == "telnet"_L1)
        return TerminalKind::Telnet;
    return badValue(u"type"_s);
}

/// A size that a terminal can have: the wire allows more than the kernel's 16 bits. Zero is "not known".
int sizeFrom(quint32 number, int fallback) { return number == 0 ? fallback : int(qMin(number, quint32(0xffff))); }

Secret secretFrom(const QString &text)
{
    QByteArray bytes = text.toUtf8();
    return Secret::takeFrom(bytes);
}

} // namespace

Result<OpenTerminal> parseOpenTerminal(const QueryPairs &query)
{
    constexpr quint32 kAny = 0xffffffff;
    auto kind = kindOf(query);
    auto columns = numberOf(query, u"cols"_s, kAny, 0), rows = numberOf(query, u"rows"_s, kAny, 0);
    auto port = numberOf(query, u"port"_s, 0xffff, 22);
    for (const Error *error : {kind ? nullptr : &kind.error(), columns ? nullptr : &columns.error(),
                               rows ? nullptr : &rows.error(), port ? nullptr : &port.error()}) {
        if (error)
            return *error;
    }
    const TerminalSize fallback;
    OpenTerminal open{.kind = *kind,
                      .size = {sizeFrom(*columns, fallback.columns), sizeFrom(*rows, fallback.rows)},
                      .sessionId = valueOf(query, u"session_id"),
                      .adHoc = std::nullopt};
    const QString password = valueOf(query, u"password"), keyPath = valueOf(query, u"key_path");
    if (*kind == TerminalKind::Ssh && !(password.isNull() && keyPath.isNull())) {
        SshTarget target{
            .host = valueOf(query, u"host"), .port = quint16(*port), .login = {valueOf(query, u"username"), {}}};
        // A key given together with a password is unlocked by it: the query has no other place for a passphrase.
        if (keyPath.isEmpty())
            target.login.credential = PasswordLogin{secretFrom(password)};
        else
            target.login.credential = KeyLogin{keyPath, secretFrom(password)};
        open.adHoc = std::move(target);
    }
    return open;
}

} // namespace agent
