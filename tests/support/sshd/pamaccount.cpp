#include "sshd/pamaccount.h"

#include "sshd/sshdserver.h"

#include <QDir>
#include <QFile>

#include <unistd.h>

namespace agent::test {

using namespace Qt::StringLiterals;

std::optional<QString> PamAccount::create()
{
    if (::geteuid() != 0)
        return u"only root can cover the files of the accounts"_s;
    const auto hash = run(u"openssl"_s, {u"passwd"_s, u"-6"_s, QString::fromLatin1(kPassword)});
    if (!hash || ::chown(QFile::encodeName(home()).constData(), kId, kId) != 0)
        qFatal("cannot make an account");
    const QByteArray user = name().toUtf8(), id = QByteArray::number(kId);
    cover(u"/etc/passwd"_s, user + ":x:" + id + ':' + id + "::" + home().toUtf8() + ":/bin/sh");
    cover(u"/etc/shadow"_s, user + ':' + hash->trimmed() + ":20000:0:99999:7:::");
    QDir(m_folder.path()).mkdir(u"pam.d"_s);
    QFile service(m_folder.filePath(u"pam.d/sshd"_s));
    if (!service.open(QIODevice::WriteOnly))
        qFatal("cannot write a PAM service");
    service.write("auth required pam_unix.so nodelay\naccount required pam_unix.so\nsession required pam_permit.so\n");
    service.close();
    if (!run(prefix().first(), prefix().sliced(1) + QStringList{u"true"_s}))
        return u"no mount namespaces here"_s;
    QFile accounts(u"/etc/passwd"_s);
    if (!accounts.open(QIODevice::ReadOnly) || accounts.readAll().contains(QByteArray(user + ':')))
        qFatal("the machine itself got the account");
    return std::nullopt;
}

QStringList PamAccount::prefix() const
{
    return {u"unshare"_s,
            u"--mount"_s,
            u"--"_s,
            u"/bin/sh"_s,
            u"-c"_s,
            u"for part in passwd shadow pam.d; do mount --bind \"$1/$part\" /etc/$part || exit 1; done; shift; "
            u"exec \"$@\""_s,
            u"sh"_s,
            m_folder.path()};
}

QStringList PamAccount::options() { return {u"UsePAM yes"_s, u"KbdInteractiveAuthentication yes"_s}; }

void PamAccount::cover(const QString &path, const QByteArray &line) const
{
    QFile real(path), copy(m_folder.filePath(path.section(u'/', -1)));
    if (!real.open(QIODevice::ReadOnly) || !copy.open(QIODevice::WriteOnly) ||
        copy.write(real.readAll() + line + '\n') <= 0)
        qFatal("cannot copy the files of the accounts");
}

} // namespace agent::test
