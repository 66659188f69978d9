#include "commandfilter/readonlyfilter.h"

#include <QTest>

using namespace agent;
using namespace Qt::StringLiterals;

/// Contract 03 sections 9.4 and 10.2, contract 08 section 12.
class ReadOnlyFilterTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void whatOnlyReadsIsSent_data();
    void whatOnlyReadsIsSent();
    void everythingElseIsRefused_data();
    void everythingElseIsRefused();
    void gitThatOnlyReadsIsSent_data();
    void gitThatOnlyReadsIsSent();
    void gitThatMayDoMoreIsRefused_data();
    void gitThatMayDoMoreIsRefused();
    void anyControlCharacterAnywhereRefuses();
    void theReasonNamesCommandAndRule_data();
    void theReasonNamesCommandAndRule();

private:
    static void rows(std::initializer_list<const char *> commands)
    {
        QTest::addColumn<QString>("command");
        for (const char *command : commands)
            QTest::newRow(command) << QString::fromUtf8(command);
    }
    static void mustPass()
    {
        QFETCH(QString, command);
        const auto refused = readOnlyRefusal(command);
        QVERIFY2(!refused, qPrintable(refused.value_or(QString())));
    }
    static void mustFail()
    {
        QFETCH(QString, command);
        QVERIFY(readOnlyRefusal(command));
    }
};

void ReadOnlyFilterTest::whatOnlyReadsIsSent_data()
{
    rows({
        "show version",
        "SHOW Running-Config",
        "  show ip interface brief  ",
        "show version\n",
        "show",
        "display current-configuration",
        "get system status",
        "list",
        "ping 10.0.0.1",
        "ping 10.0.0.1 source Loopback0 repeat 5",
        "traceroute 2001:db8::1",
        "trace 10.1.1.1",
        "show interfaces counters >= 5",
        "show ip bgp regexp ^65000$",
        "show bgp neighbors 10.0.0.1 advertised-routes",
        "show log \"last 10\"",
        "show route 10.0.0.0/8",
        "show run | include bgp",
        "show run |include bgp",
        "show run|include bgp",
        "show run | inc bgp",
        "show run | i bgp",
        "show run | exclude !",
        "show run | begin router",
        "show run | section router bgp",
        "show run | sec ^router",
        "show interfaces | match \"up\"",
        "show interfaces | except down",
        "show interfaces | count",
        "show run | count interface",
        "show interfaces | no-more",
        "show version | grep -i uptime",
        "show version | egrep Serial",
        "show log messages | last 20",
        "show log messages | first 20",
        "show log messages | find error",
        "show interfaces | trim 10",
        "show version | json",
        "show version | json-pretty",
        "show version | xml",
        "show configuration | display set",
        "show configuration | display xml",
        "show configuration | display inheritance no-comments",
        "show configuration | compare",
        "show configuration | compare rollback 1",
        "show interfaces terse | match ge- | except down | count",
        "display version | include uptime",
        "get system status | grep Version",
        "terminal length 0",
        "terminal width 511",
        "terminal pager 0",
        "Terminal  Length  0",
        "set cli screen-length 0",
        "set cli screen-width 1024",
        "set cli pager off",
    });
}

void ReadOnlyFilterTest::whatOnlyReadsIsSent() { mustPass(); }

void ReadOnlyFilterTest::everythingElseIsRefused_data()
{
    rows({
        "",
        "   ",
        "showx",
        "shows version",
        "show; reload",
        "show version; reload",
        "show version && reload",
        "show version & reload",
        "show version || reload",
        "show version | | include x",
        "show version |",
        "| include x",
        "show `reload`",
        "show $(reload)",
        "show <(reload)",
        "show version > flash:x",
        "show version >> flash:x",
        "show version >x",
        "show version >",
        "show version >(tee x)",
        "show version | redirect flash:x",
        "show version | append flash:x",
        "show version | tee flash:x",
        "show version | tee bootflash:x",
        "show configuration | save x",
        "show run | include bgp|ospf",
        "show run | include \"bgp|ospf\"",
        "show version | include x | redirect flash:x",
        "show version | include x | tee x",
        "show version | sh",
        "show version | bash",
        "show version | rm -rf /",
        "show version | find . -delete",
        "show version | find . -exec rm {} +",
        "show version | find -delete",
        "show version | find \"-delete\"",
        "show version | find a b",
        "show version | find",
        "show version | compare a b out.png",
        "show version | display -write x",
        "show version | display /etc/passwd",
        "show version | last -f x",
        "show version | last",
        "show version | last 10 20",
        "show version | first x",
        "show version | trim x",
        "show version | json x",
        "show version | no-more x",
        "show version | xml x",
        "show version | grep",
        "show version | include -x",
        "show version | include \"-x\"",
        "show version | include '-x'",
        "show version | include \\-x",
        "show version | awk 1",
        "show version | sed s/a/b/",
        "show version | sort -o x",
        "show version | xargs reload",
        "show version | refresh",
        "show version | email x",
        "show version | INCLUDE x | Redirect y",
        "show a | match 1 | match 2 | match 3 | match 4 | match 5",
        "ping 10.0.0.1 | include x",
        "list | grep x",
        "traceroute 10.0.0.1 | no-more",
        "show version \\",
        "show version\\",
        "show version\nreload",
        "show version\rreload",
        "show version\treload",
        "\x1bshow version",
        "show \x03reload",
        "show \x7f",
        "show \u0085reload",
        "show \u2028reload",
        "ſhow version",
        "show\u00a0version",
        "\u00a0show version",
        "conf t",
        "configure terminal",
        "config",
        "edit",
        "set system host-name x",
        "set cli screen-length 0 x",
        "set cli screen-length x",
        "set cli pager on",
        "set cli",
        "terminal length",
        "terminal length x",
        "terminal length 0 0",
        "terminal monitor",
        "terminal length 0; reload",
        "terminal",
        "delete flash:x",
        "erase startup-config",
        "write memory",
        "wr",
        "copy run start",
        "commit",
        "rollback 1",
        "load override x",
        "reload",
        "request system reboot",
        "request system zeroize",
        "clear counters",
        "clear ip bgp *",
        "no shutdown",
        "do show version",
        "do reload",
        "debug all",
        "undebug all",
        "enable",
        "exit",
        "start shell",
        "run show version",
        "bash",
        "bash show",
        "cli",
        "shutdown",
        "reboot",
        "rm -rf /",
        "cat /etc/passwd",
        "ls",
        "sudo show version",
        "/bin/show",
        "'show' version",
        "\"show\" version",
        "s\\how version",
        "show&",
        "show|include x;y",
        "!show",
        "#show",
        "-show",
        "format flash:",
        "install add x",
        "boot system x",
        "test aaa",
        "telnet 10.0.0.1",
        "ssh 10.0.0.1",
        "monitor traffic",
        "tclsh",
        "guestshell",
        "echo show",
        "cd '/tmp'",
        "cd '/tmp' && ls",
        "git status",
    });
}

void ReadOnlyFilterTest::everythingElseIsRefused() { mustFail(); }

void ReadOnlyFilterTest::gitThatOnlyReadsIsSent_data()
{
    rows({
        "cd '/srv/net configs' && git status --porcelain=v2 --branch",
        "cd '/srv/repo' && git rev-parse --is-inside-work-tree",
        "cd '/srv/repo' && git rev-parse --show-toplevel",
        "cd '/srv/repo' && git rev-parse --abbrev-ref HEAD",
        "cd '/srv/repo' && git rev-parse --abbrev-ref HEAD@{upstream}",
        "cd '/srv/repo' && git log --oneline -20",
        "cd '/srv/repo' && git log -n 20 --format='%H|%an|%s'",
        "cd '/srv/repo' && git log \"--format=%H %s\" -- 'a b.txt'",
        "cd '/srv/repo' && git diff",
        "cd '/srv/repo' && git diff --cached -- src/a.cpp",
        "cd '/srv/repo' && git diff HEAD~1..HEAD^",
        "cd '/srv/repo' && git show HEAD:src/a.cpp",
        "cd '/srv/repo' && git branch --list",
        "cd '/srv/repo' && git branch --list -a --format='%(refname:short)'",
        "cd '/srv/repo' && git branch -a --list",
        "cd 'relative/repo' && git status",
        "cd '/srv/ü' && git status",
        "  cd '/srv/repo' && git status  ",
        "cd '/srv/$(rm -rf x)' && git status",
        "cd '/srv/a;b' && git status",
    });
}

void ReadOnlyFilterTest::gitThatOnlyReadsIsSent() { mustPass(); }

void ReadOnlyFilterTest::gitThatMayDoMoreIsRefused_data()
{
    rows({
        "cd '/srv/repo' && git commit -m x",
        "cd '/srv/repo' && git push",
        "cd '/srv/repo' && git checkout main",
        "cd '/srv/repo' && git reset --hard",
        "cd '/srv/repo' && git clean -fdx",
        "cd '/srv/repo' && git branch",
        "cd '/srv/repo' && git branch x",
        "cd '/srv/repo' && git branch -D x",
        "cd '/srv/repo' && git branch -l x",
        "cd '/srv/repo' && git log --show-signature",
        "cd '/srv/repo' && git branch --list -D x",
        "cd '/srv/repo' && git branch --list --delete x",
        "cd '/srv/repo' && git branch -m a b",
        "cd '/srv/repo' && git -c core.pager=x log",
        "cd '/srv/repo' && git --exec-path=/tmp log",
        "cd '/srv/repo' && git -C / log",
        "cd '/srv/repo' && git config x y",
        "cd '/srv/repo' && git diff --output=/etc/x",
        "cd '/srv/repo' && git diff --output /etc/x",
        "cd '/srv/repo' && git diff '--output=/etc/x'",
        "cd '/srv/repo' && git log --outpu=/etc/x",
        "cd '/srv/repo' && git log --ou=/etc/x",
        "cd '/srv/repo' && git diff --{output=/etc/x,stat}",
        "cd '/srv/repo' && git diff --o{u..u}tput=/etc/x",
        "cd '/srv/repo' && git diff --ext-diff",
        "cd '/srv/repo' && git log --textconv",
        "cd '/srv/repo' && git rev-parse --parseopt",
        "cd '/srv/repo' && git log; rm -rf /",
        "cd '/srv/repo' && git log && rm -rf /",
        "cd '/srv/repo' && git log || rm -rf /",
        "cd '/srv/repo' && git log | sh",
        "cd '/srv/repo' && git log & rm",
        "cd '/srv/repo' && git log > x",
        "cd '/srv/repo' && git log < x",
        "cd '/srv/repo' && git log $(rm x)",
        "cd '/srv/repo' && git log `rm x`",
        "cd '/srv/repo' && git log \"$(rm x)\"",
        "cd '/srv/repo' && git log \"`rm x`\"",
        "cd '/srv/repo' && git log $IFS",
        "cd '/srv/repo' && git log 'x",
        "cd '/srv/repo' && git log \"x",
        "cd '/srv/repo' && git log 'a'\\''b'",
        "cd '/srv/repo' && git log \\",
        "cd '/srv/repo' && git log *",
        "cd '/srv/repo' && git log @{a,b}",
        "cd '/srv/repo' && git log @{u",
        "cd '/srv/repo' && git log (x)",
        "cd '/srv/repo' && git log\nrm",
        "cd '/srv/repo' && git",
        "cd '/srv/repo' && git ",
        "cd '/srv/repo' && gitx status",
        "cd '/srv/repo' && /tmp/git status",
        "cd '/srv/repo' && 'git' status",
        "cd '/srv/repo'; git status",
        "cd '/srv/repo' || git status",
        "cd /srv/repo && git status",
        "cd \"/srv/repo\" && git status",
        "cd '' && git status",
        "cd '/a'/b && git status",
        "cd '-P' && git status",
        "cd '/a' '/b' && git status",
        "cd '/srv/a'b' && git status",
        "cd '/srv/a\\' && git status",
        "cd '/srv/!x' && git status",
        "cd '/srv\n/a' && git status",
        "git -C /srv/repo status",
        "x cd '/srv/repo' && git status",
    });
}

void ReadOnlyFilterTest::gitThatMayDoMoreIsRefused() { mustFail(); }

void ReadOnlyFilterTest::anyControlCharacterAnywhereRefuses()
{
    for (char16_t c = 0; c < 0xa0; ++c) {
        if (c >= 0x20 && c < 0x7f)
            continue;
        QVERIFY2(readOnlyRefusal(u"show "_s + QChar(c) + u"version"_s), qPrintable(QString::number(c)));
    }
}

void ReadOnlyFilterTest::theReasonNamesCommandAndRule_data()
{
    QTest::addColumn<QString>("command");
    QTest::addColumn<QString>("rule");
    QTest::newRow("sign") << u"show a; b"_s << u"';'"_s;
    QTest::newRow("filter") << u"show a | tee b"_s << u"'tee'"_s;
    QTest::newRow("configuration") << u"conf t"_s << u"configuration"_s;
    QTest::newRow("shell") << u"bash"_s << u"shell"_s;
    QTest::newRow("restart") << u"reload in 5"_s << u"restart"_s;
    QTest::newRow("unknown word") << u"frobnicate"_s << u"show, display, get"_s;
    QTest::newRow("git") << u"cd '/a' && git push"_s << u"git push"_s;
}

void ReadOnlyFilterTest::theReasonNamesCommandAndRule()
{
    QFETCH(QString, command);
    QFETCH(QString, rule);
    const auto refused = readOnlyRefusal(command);
    QVERIFY(refused);
    QVERIFY2(refused->contains(command), qPrintable(*refused));
    QVERIFY2(refused->contains(rule), qPrintable(*refused));
}

QTEST_GUILESS_MAIN(ReadOnlyFilterTest)
#include "tst_readonlyfilter.moc"
