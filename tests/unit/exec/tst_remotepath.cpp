#include "exec/remotepath.h"

#include <QtTest>

using namespace agent;
using namespace Qt::StringLiterals;

/// Contract 03 section 10.7: which files on devices an assistant may write, and how it may patch them.
class RemotePathTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void pathsThatMustNotBeWrittenAreRefused_data();
    void pathsThatMustNotBeWrittenAreRefused();
    void pathsArePlain();
    void sedExpressionsAreOneSubstitution_data();
    void sedExpressionsAreOneSubstitution();
};

void RemotePathTest::pathsThatMustNotBeWrittenAreRefused_data()
{
    QTest::addColumn<QString>("path");
    for (const char *path : {"",
                             "  ",
                             "relative/file",
                             "/tmp/../etc/hosts",
                             "/tmp/..",
                             "/tmp/",
                             "/",
                             "/tmp/a;b",
                             "/tmp/a|b",
                             "/tmp/a&b",
                             "/tmp/$HOME",
                             "/tmp/`id`",
                             "/tmp/a'b",
                             "/tmp/a\"b",
                             "/tmp/(a)",
                             "/tmp/{a}",
                             "/tmp/a\nb",
                             "/tmp/a\rb",
                             "/tmp/a\tb",
                             "/etc/passwd",
                             "//etc//passwd",
                             "/etc/./shadow",
                             "/etc/passwd-",
                             "/etc/gshadow",
                             "/etc/sudoers",
                             "/etc/sudoers.d/x",
                             "/etc/sudoers.d",
                             "/etc/ssh/sshd_config",
                             "/etc/pam.d/login",
                             "/etc/security/limits.conf",
                             "/etc/cron.d/x",
                             "/etc/cron.daily/x",
                             "/etc/cron.hourly/x",
                             "/etc/cron.weekly/x",
                             "/etc/cron.monthly/x",
                             "/etc/crontab",
                             "/etc/systemd/system/x.service",
                             "/etc/init.d/x",
                             "/etc/rc.d/x",
                             "/etc/profile",
                             "/etc/profile.d/x.sh",
                             "/etc/bashrc",
                             "/etc/zshrc",
                             "/root/x",
                             "/root",
                             "/boot/grub/grub.cfg",
                             "/dev/sda",
                             "/proc/sys/x",
                             "/sys/x",
                             "/var/lib/dpkg/status",
                             "/var/lib/rpm/x",
                             "/var/run/x",
                             "/run/x",
                             "/mnt/flash/startup-config",
                             "/mnt/flash/.extensions/x",
                             "/var/db/juniper/x",
                             "/config/juniper.conf",
                             "/config/juniper.conf.gz",
                             "/config/db/x",
                             "/var/log/messages",
                             "/var/log/auth.log",
                             "/home/a/.ssh/authorized_keys",
                             "/home/a/.ssh/authorized_keys2",
                             "/home/a/.ssh/id_ed25519",
                             "/home/a/.ssh/known_hosts",
                             "/home/a/.bash_profile",
                             "/home/a/.bashrc",
                             "/home/a/.zshrc",
                             "/home/a/.profile",
                             "/home/a/.kshrc",
                             "/home/a/.cshrc"})
        QTest::addRow("%s", path) << QString::fromLatin1(path);
}

void RemotePathTest::pathsThatMustNotBeWrittenAreRefused()
{
    QFETCH(const QString, path);
    const auto refused = allowedRemotePath(path);
    QVERIFY(!refused);
    QCOMPARE(refused.error().code, ErrorCode::Validation);
    QCOMPARE(refused.error().field, u"filepath"_s);
}

void RemotePathTest::pathsArePlain()
{
    QCOMPARE(allowedRemotePath(u"//srv/./a//b.txt"_s).value(), u"/srv/a/b.txt"_s);
    QCOMPARE(allowedRemotePath(u" /srv/with blank.txt "_s).value(), u"/srv/with blank.txt"_s);
    QVERIFY(allowedRemotePath(u"/etc/hosts"_s));
    QVERIFY(allowedRemotePath(u"/home/a/.ssh/config"_s));
    QVERIFY(allowedRemotePath(u"/srv/a..b"_s));
    QVERIFY(!allowedRemotePath(u'/' + QString(5000, u'a')));
}

void RemotePathTest::sedExpressionsAreOneSubstitution_data()
{
    QTest::addColumn<QString>("expression");
    QTest::addColumn<bool>("isAllowed");
    const auto row = [](const char *expression, bool isAllowed) {
        QTest::addRow("%s", expression) << QString::fromLatin1(expression) << isAllowed;
    };
    row("s/a/b/", true);
    row("s/a/b/g", true);
    row("s#/usr/bin#/opt#gI", true);
    row("s|a|b|2p", true);
    row("s,a,,i", true);
    row("s/a\\/b/c\\/d/", true);
    row("s/a\\\\/b/", true);
    row("", false);
    row("s", false);
    row("s/", false);
    row("s/a/b", false);
    row("s/a/b/c/", false);
    row("s//b/", false);
    row("y/a/b/", false);
    row("1,2s/a/b/", false);
    row("s/a/b/e", false);
    row("s/a/b/w", false);
    row("s/a/b/gw /tmp/x", false);
    row("s/a/b/m", false);
    row("s/a/b/; p", false);
    row("s/a'/b/", false);
    row("s/a/b/\np", false);
    row("s/a/b/\r", false);
    row("s:a:b:", false);
    row("s a b ", false);
    row("s\\a\\b\\", false);
}

void RemotePathTest::sedExpressionsAreOneSubstitution()
{
    QFETCH(const QString, expression);
    QFETCH(const bool, isAllowed);
    const Status checked = checkSedExpression(expression);
    QCOMPARE(checked.ok(), isAllowed);
    if (!isAllowed) {
        QCOMPARE(checked.error().code, ErrorCode::Validation);
        QCOMPARE(checked.error().field, u"sed_expression"_s);
    }
}

QTEST_GUILESS_MAIN(RemotePathTest)
#include "tst_remotepath.moc"
