#include "exec/remotepath.h"

#include <QStringList>

#include <algorithm>
#include <array>

namespace agent {

using namespace Qt::StringLiterals;

namespace {

constexpr qsizetype kMaxPath = 4096;
constexpr qsizetype kMaxSed = 64 * 1024;

/// By plain prefix: also what lies next to a file under its name and an ending.
constexpr std::array kProtectedPrefixes{
    u"/etc/passwd",
    u"/etc/shadow",
    u"/etc/gshadow",
    u"/etc/sudoers",
    u"/etc/sudoers.d/",
    u"/etc/ssh/",
    u"/etc/pam.d/",
    u"/etc/security/",
    u"/etc/cron.d/",
    u"/etc/cron.daily/",
    u"/etc/cron.hourly/",
    u"/etc/cron.monthly/",
    u"/etc/cron.weekly/",
    u"/etc/crontab",
    u"/etc/systemd/",
    u"/etc/init.d/",
    u"/etc/rc.d/",
    u"/etc/profile",
    u"/etc/profile.d/",
    u"/etc/bashrc",
    u"/etc/zshrc",
    u"/root/",
    u"/boot/",
    u"/dev/",
    u"/proc/",
    u"/sys/",
    u"/var/lib/dpkg/",
    u"/var/lib/rpm/",
    u"/var/run/",
    u"/run/",
    u"/mnt/flash/startup-config",
    u"/mnt/flash/.extensions/",
    u"/var/db/juniper/",
    u"/config/juniper.conf",
    u"/config/db/",
    u"/var/log/messages",
    u"/var/log/auth.log",
};

constexpr std::array kProtectedParts{
    u"/.ssh/authorized_keys",
    u"/.ssh/id_",
    u"/.ssh/known_hosts",
    u"/.bash_profile",
    u"/.bashrc",
    u"/.zshrc",
    u"/.profile",
    u"/.kshrc",
    u"/.cshrc",
};

Error refusedPath(const QString &what)
{
    return {ErrorCode::Validation, u"field 'filepath' %1"_s.arg(what), u"filepath"_s};
}

Error refusedSed(const QString &what)
{
    return {ErrorCode::Validation, u"field 'sed_expression' %1"_s.arg(what), u"sed_expression"_s};
}

bool isControl(QChar c) { return c < u' ' || (c >= u'\x7f' && c <= u'\x9f'); }

} // namespace

Result<QString> allowedRemotePath(const QString &path)
{
    const QString trimmed = path.trimmed();
    if (trimmed.isEmpty())
        return refusedPath(u"must not be empty"_s);
    if (trimmed.size() > kMaxPath)
        return refusedPath(u"is longer than %1 characters"_s.arg(kMaxPath));
    if (std::any_of(path.begin(), path.end(), isControl))
        return refusedPath(u"must not contain line breaks or control characters"_s);
    if (std::any_of(trimmed.begin(), trimmed.end(), [](QChar c) { return QStringView(u";|&$`'\"(){}").contains(c); }))
        return refusedPath(u"must not contain any of ; | & $ ` ' \" ( ) { }"_s);
    if (!trimmed.startsWith(u'/'))
        return refusedPath(u"must be an absolute path"_s);
    QStringList parts = trimmed.split(u'/', Qt::SkipEmptyParts);
    parts.removeAll(u"."_s);
    if (parts.contains(u".."_s))
        return refusedPath(u"must not step upwards with '..'"_s);
    if (parts.isEmpty() || trimmed.endsWith(u'/'))
        return refusedPath(u"must name a file"_s);
    const QString plain = u'/' + parts.join(u'/');
    const QString asFolder = plain + u'/';
    if (std::any_of(kProtectedPrefixes.begin(), kProtectedPrefixes.end(),
                    [&](const char16_t *prefix) { return asFolder.startsWith(QStringView(prefix)); }) ||
        std::any_of(kProtectedParts.begin(), kProtectedParts.end(),
                    [&](const char16_t *part) { return plain.contains(QStringView(part)); }))
        return refusedPath(u"names a protected file: %1"_s.arg(plain));
    return plain;
}

Status checkSedExpression(const QString &expression)
{
    if (expression.size() > kMaxSed)
        return refusedSed(u"is longer than %1 characters"_s.arg(kMaxSed));
    if (std::any_of(expression.begin(), expression.end(),
                    [](QChar c) { return c == u'\'' || c == u';' || c == u'\n' || c == u'\r' || c == u'\0'; }))
        return refusedSed(u"must not contain a single quote, a semicolon or a line break"_s);
    const Error shape = refusedSed(u"must be one substitution: s/pattern/replacement/flags"_s);
    if (expression.size() < 2 || expression[0] != u's')
        return shape;
    const QChar separator = expression[1];
    if (!QStringView(u"/#|,").contains(separator))
        return refusedSed(u"must use one of / # | , between its parts"_s);
    QList<qsizetype> ends; // of pattern and replacement
    for (qsizetype i = 2; i < expression.size(); ++i) {
        if (expression[i] == u'\\')
            ++i;
        else if (expression[i] == separator)
            ends.append(i);
    }
    if (ends.size() != 2)
        return shape;
    if (ends[0] == 2)
        return refusedSed(u"has an empty pattern"_s);
    const QStringView flags = QStringView(expression).sliced(ends[1] + 1);
    if (!std::all_of(flags.begin(), flags.end(),
                     [](QChar c) { return (c >= u'0' && c <= u'9') || QStringView(u"giIp").contains(c); }))
        return refusedSed(u"may only have the flags g, i, I, p and a number"_s);
    return {};
}

} // namespace agent
