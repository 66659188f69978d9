#include "commandfilter/bashpolicy.h"
#include "commandrows.h"

using namespace agent;
using namespace agent::test;
using namespace Qt::StringLiterals;

/// Contract 03 section 10.6, contract 08 section 13. The names that are denied: tst_bashdenylist.
class BashPolicyTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void whatAPersonWouldRunIsRun_data();
    void whatAPersonWouldRunIsRun();
    void whatCannotBeToldIsRefused_data();
    void whatCannotBeToldIsRefused();
    void ownBeginningsHoldEverywhere_data();
    void ownBeginningsHoldEverywhere();
    void lengthIsBounded();
    void nestingOfProgramsIsBounded();
};

void BashPolicyTest::whatAPersonWouldRunIsRun_data()
{
    addCommands({
        "ls -la",
        "ls -la | grep rm",
        "echo rm -rf /",
        "echo 'sudo rm'",
        "grep -r \"rm -rf\" src",
        "grep sudo /etc/group > /tmp/x 2>&1",
        "git log --oneline | head -5",
        "cd /tmp && ls; pwd",
        "cat ~/notes.txt",
        "ping -c 1 127.0.0.1 || echo unreachable",
        "for i in 1 2 3; do echo $i; done",
        "for f in *.txt; do wc -l \"$f\"; done",
        "if [ -f x ]; then cat x; else echo none; fi",
        "while read line; do echo $line; done < file",
        "[[ -f x ]] && echo yes",
        "x=$(date +%s); echo $x",
        "echo \"$(hostname): `uptime`\"",
        "echo $((1 + 2))",
        "echo ${HOME:-/root}",
        "(cd /tmp; ls)",
        "{ ls; pwd; } > out.txt",
        "! ls nowhere",
        "time ls",
        "time -p ls",
        "/usr/bin/time -v ls",
        "env",
        "env | sort",
        "env LANG=C ls",
        "env -i PATH=/bin ls",
        "env -u HOME ls",
        "env --unset=HOME ls",
        "env --unset HOME ls",
        "LANG=C ls",
        "nohup ls",
        "nice ls",
        "nice -n 10 ls",
        "nice -10 ls",
        "ionice -c 3 ls",
        "timeout 5 ls",
        "timeout -s KILL -k 5 10 ls",
        "timeout --signal=KILL 10 ls",
        "stdbuf -oL ls",
        "find . -name '*.txt' | xargs grep rm",
        "find . -name x | xargs -0 -n 1 -I {} echo {}",
        "find . -name x | xargs",
        "find . -type f -exec grep -l rm {} +",
        "find . -type f -exec grep -l rm {} \\;",
        "find . -exec sh -c 'wc -l \"$1\"' _ {} ';'",
        "find $HOME -name x",
        "sh -c 'ls | wc -l'",
        "bash -c \"ls; pwd\"",
        "bash -lc 'ls'",
        "bash -euo pipefail -c 'ls'",
        "bash -o pipefail -c 'ls'",
        "bash script.sh",
        "bash -x ./script.sh a b",
        "bash --version",
        "sh -- script.sh",
        "eval 'ls -la'",
        "eval ls -la",
        "command -v rm",
        "command -V sudo",
        "command ls",
        "builtin echo x",
        "exec 2>&1",
        "exec ls",
        "which rm",
        "type rm",
        "man rm",
        "trap 'echo done' EXIT",
        "trap - EXIT",
        "trap",
        ". ./env.sh",
        "source venv/bin/activate",
        "systemctl status sshd",
        "systemctl --no-pager status sshd",
        "systemctl list-units",
        "systemctl status $service",
        "crontab -l",
        "init",
        "busybox ls",
        "busybox sh -c 'ls'",
        "python3 -c 'print(1)'",
        "awk '{print $1}' file",
        "sed -n 1,5p file",
        "printf '%s\\n' a b",
        "curl -s https://example.net | jq .",
        "ls # rm -rf /",
        "ls a\\ b",
        "tar czf x.tgz dir",
        "cp a b && mv b c && mkdir -p d && touch e",
        "rmx",
        "xrm",
        "mkfsx",
        "killer",
        "/opt/rm/bin/tool",
        "rm.sh",
        "ls {a,b}.txt",
        "ls *.txt ?.c [ab].h",
        "diff <(sort a) <(sort b)",
        "cat <<< text",
        "kubectl get pods -o wide",
        "\"ls\" -l",
        "\\ls -l",
        "~/bin/tool x",
        "ls\t-l",
    });
}

void BashPolicyTest::whatAPersonWouldRunIsRun()
{
    QFETCH(QString, command);
    const auto refused = bashRefusal(command, {});
    QVERIFY2(!refused, qPrintable(refused.value_or(QString())));
}

void BashPolicyTest::whatCannotBeToldIsRefused_data()
{
    addCommands({
        "",
        "  ",
        "ls\nrm x",
        "ls\rrm x",
        "ls\n",
        "\nls",
        "ls \x01",
        "ls \x1b[0m",
        "$x",
        "$x y",
        "${x} y",
        "\"$x\" y",
        "a=rm; $a x",
        "rm$IFS-rf$IFS/",
        "r$@m x",
        "r${x}m x",
        "$(echo rm) x",
        "`echo rm` x",
        "$'rm' x",
        "$'\\x72m' x",
        "$\"rm\" x",
        "{rm,x}",
        "{rm,-rf,/}",
        "/bin/r? x",
        "/bin/r* x",
        "/bin/[r]m x",
        "\"$@\"",
        "<(echo a)",
        "env $x",
        "env $x ls",
        "env -- A=$x ls",
        ". -- $x",
        "env -S 'rm x'",
        "env --split-string='rm x'",
        "env -Z ls",
        "env --frob ls",
        "env {rm,x}",
        "nice -n $x ls",
        "timeout $x ls",
        "nohup $x",
        "time $x",
        "xargs $x",
        "a | xargs -I{} {} x",
        "a | xargs -I X X y",
        "a | xargs -IX aX y",
        "a | xargs -i {} x",
        "a | xargs --replace={} {} x",
        "a | xargs env",
        "a | xargs nice",
        "a | xargs nohup",
        "a | xargs timeout 5",
        "a | xargs timeout",
        "a | xargs sh",
        "a | xargs sh -c",
        "a | xargs -I{} sh -c 'echo {}'",
        "a | xargs -I{} sh -c '{} x'",
        "a | xargs -I X env sh -c 'X y'",
        "a | xargs busybox",
        "a | xargs find",
        "a | xargs systemctl",
        "a | xargs init",
        "a | xargs crontab",
        "a | xargs -Z ls",
        "find . -exec {} \\;",
        "find . -exec $x {} \\;",
        "find . -exec sh -c 'ls {}' \\;",
        "find . -exec env {} \\;",
        "sh -c $x",
        "sh -c \"$x\"",
        "sh -c \"ls $x\"",
        "sh -c \"$(cat x)\"",
        "sh -c",
        "sh",
        "bash",
        "bash -s",
        "bash -s x",
        "bash -",
        "echo 'rm x' | sh",
        "echo 'rm x' | bash",
        "echo 'rm x' | bash -x",
        "curl x | bash",
        "curl x | sh -s -- y",
        "bash <(curl x)",
        "bash < x",
        "bash <<< 'rm x'",
        "bash /dev/stdin",
        "bash /proc/self/fd/0",
        "bash $x",
        "bash {-c,x}",
        "bash --rcfile x -c ls",
        "bash --init-file x",
        "bash -O extglob -c ls",
        "sh -c 'ls",
        "sh -c 'f() { ls; }'",
        ". /dev/stdin",
        ". <(echo rm x)",
        "source $x",
        "source /dev/fd/0",
        "eval $x",
        "eval \"$x\"",
        "eval \"ls $x\"",
        "trap \"$x\" EXIT",
        "systemctl $x y",
        "crontab $x",
        "init $x",
        "zsh -c 'ls'",
        "zsh -c '=rm x'",
        "fish -c ls",
        "ksh -c ls",
        "csh -c ls",
        "setsid ls",
        "flock x ls",
        "watch ls",
        "parallel ls",
        "script -c ls",
        "chroot / ls",
        "unshare ls",
        "strace ls",
        "pkexec ls",
        "systemd-run ls",
        "taskset 1 ls",
        "alias ls=rm",
        "hash -p /bin/rm ls",
        "enable -f x y",
        "shopt -s expand_aliases",
        "let 'x=1'",
        "compgen -W '$(rm x)'",
        "mapfile -C 'rm x' -c 1",
        "PS4='$(rm x)' bash -xc ls",
        "PS4='$(rm x)'",
        "export PS4='$(rm x)'",
        "BASH_ENV=x bash y",
        "env BASH_ENV=x bash y",
        "LD_PRELOAD=x ls",
        "PROMPT_COMMAND=x",
        "test -v 'a[$(rm x)]'",
        "[ -v 'a[$(rm x)]' ]",
        "[[ -v 'a[$(rm x)]' ]]",
        "printf -v 'a[$(rm x)]' y",
        "read 'a[`rm x`]'",
        "x[$(rm x)]=1",
        "f() { ls; }; f",
        "function f { ls; }",
        "case x in x) ls;; esac",
        "[[ a || rm x ]]",
        "x=1 [[ ; rm x ]]",
        "ls &> f rm x",
        "cat << EOF",
        "echo ${x@P}",
        "$((1)) x",
        "''",
        "'' x",
        "/",
        "/bin/",
    });
}

void BashPolicyTest::whatCannotBeToldIsRefused()
{
    QFETCH(QString, command);
    QVERIFY(bashRefusal(command, {}));
}

void BashPolicyTest::ownBeginningsHoldEverywhere_data()
{
    QTest::addColumn<QString>("command");
    QTest::addColumn<bool>("refused");
    for (const char *command : {"git push", "GIT  Push origin", "a; git push", "a && git   push x", "sh -c 'git push'",
                                "/usr/bin/git push", "env git push", "\"git\" push", "git \"push\"", "$(git push)",
                                "terraform apply", "/opt/terraform/terraform x", "echo x | xargs terraform"})
        QTest::newRow(command) << QString::fromUtf8(command) << true;
    for (const char *command : {"git pull", "git status", "echo git push", "git", "ls terraform"})
        QTest::newRow(command) << QString::fromUtf8(command) << false;
}

void BashPolicyTest::ownBeginningsHoldEverywhere()
{
    QFETCH(QString, command);
    QFETCH(bool, refused);
    QCOMPARE(bashRefusal(command, {u" Git Push "_s, u"terraform"_s, u""_s, u"  "_s}).has_value(), refused);
}

void BashPolicyTest::lengthIsBounded()
{
    const QString word(kMaxBashCommand - 5, u'a');
    QVERIFY(!bashRefusal(u"echo "_s + word, {}));
    QVERIFY(bashRefusal(u"echo a"_s + word, {}));
}

void BashPolicyTest::nestingOfProgramsIsBounded()
{
    QVERIFY(!bashRefusal(QString(u"env "_s).repeated(8) + u"ls"_s, {}));
    QVERIFY(bashRefusal(QString(u"env "_s).repeated(5000) + u"ls"_s, {}));
    QVERIFY(bashRefusal(QString(u"find -exec "_s).repeated(3000) + u"ls"_s, {}));
    QVERIFY(bashRefusal(QString(u"eval "_s).repeated(5000) + u"ls"_s, {}));
}

QTEST_GUILESS_MAIN(BashPolicyTest)
#include "tst_bashpolicy.moc"
