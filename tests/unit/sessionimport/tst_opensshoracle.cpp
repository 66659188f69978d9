#include "givenincludes.h"
#include "sessionimport/opensshhost.h"

#include <QDirIterator>
#include <QProcess>
#include <QRegularExpression>
#include <QStandardPaths>
#include <QtTest>

using namespace agent;
using namespace agent::sessionimport;
using namespace Qt::StringLiterals;

namespace {

const QString kCorpus = QStringLiteral(AGENT_SOURCE_DIR) + u"/tests/unit/sessionimport/openssh/"_s;

/// Reads what is on disk, as the person at the machine would send it.
class FilesOnDisk final : public IncludeSource
{
public:
    QList<SourceFile> matching(const QString &pattern) const override
    {
        const QFileInfo info(pattern);
        QList<SourceFile> files;
        for (const QString &name : info.dir().entryList({info.fileName()}, QDir::Files, QDir::Name)) {
            QFile file(info.dir().filePath(name));
            if (file.open(QIODevice::ReadOnly))
                files.append({file.fileName(), file.readAll()});
        }
        return files;
    }
};

/// `ssh -G`, by keyword.
QMultiMap<QString, QString> sshSays(const QString &config, const QString &host)
{
    QProcess ssh;
    ssh.start(u"ssh"_s, {u"-G"_s, u"-F"_s, config, host});
    if (!ssh.waitForFinished() || ssh.exitCode() != 0)
        qFatal("ssh -G %s: %s", qPrintable(host), ssh.readAllStandardError().constData());
    QMultiMap<QString, QString> values;
    for (const QString &line : QString::fromUtf8(ssh.readAllStandardOutput()).split(u'\n', Qt::SkipEmptyParts))
        values.insert(line.section(u' ', 0, 0), line.section(u' ', 1));
    return values;
}

QStringList inOrder(const QMultiMap<QString, QString> &values, const QString &key)
{
    QStringList list = values.values(key); // the last inserted comes first
    std::ranges::reverse(list);
    return list;
}

QString bracketed(const QString &host) { return u'[' + host + u']'; }

/// In ssh's spelling: "[bind]:8080 [host]:80".
QString spelled(const ParsedForward &forward)
{
    QString text;
    if (!forward.bindAddress.isEmpty())
        text = bracketed(forward.bindAddress) + u':';
    text += QString::number(forward.listenPort);
    if (forward.type != ForwardType::Dynamic)
        text += u' ' + bracketed(forward.host) + u':' + QString::number(forward.port);
    return text;
}

QList<Destination> destinations(const QString &list)
{
    QList<Destination> all;
    for (const QString &part : list.split(u',', Qt::SkipEmptyParts))
        all.append(readDestination(part).value_or(Destination{.host = u"unreadable: "_s + part}));
    return all;
}

} // namespace

/// Every host of a corpus of configurations, compared with what OpenSSH itself makes of it.
class OpenSshOracleTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase();
    void everyHostIsWhatSshSays_data();
    void everyHostIsWhatSshSays();

private:
    QTemporaryDir m_folder;
    QString m_user;
};

void OpenSshOracleTest::initTestCase()
{
    if (QStandardPaths::findExecutable(u"ssh"_s).isEmpty())
        QSKIP("OpenSSH's client is not installed");
    QProcess id;
    id.start(u"id"_s, {u"-un"_s});
    QVERIFY(id.waitForFinished());
    m_user = QString::fromUtf8(id.readAllStandardOutput()).trimmed();

    QVERIFY(QDir(m_folder.path()).mkdir(u"parts"_s));
    QDirIterator files(kCorpus, QDir::Files, QDirIterator::Subdirectories);
    while (files.hasNext()) {
        QFile source(files.next());
        QVERIFY(source.open(QIODevice::ReadOnly));
        QFile copy(m_folder.filePath(QDir(kCorpus).relativeFilePath(source.fileName())));
        QVERIFY2(copy.open(QIODevice::WriteOnly), qPrintable(copy.fileName()));
        copy.write(source.readAll().replace("@DIR@", m_folder.path().toUtf8()));
        copy.setPermissions(QFile::ReadOwner | QFile::WriteOwner); // ssh wants them private
    }
}

void OpenSshOracleTest::everyHostIsWhatSshSays_data()
{
    QTest::addColumn<QString>("file");
    QTest::addColumn<QString>("host");
    for (const QString &name : QDir(kCorpus).entryList({u"*.conf"_s})) {
        QFile file(m_folder.filePath(name));
        QVERIFY(file.open(QIODevice::ReadOnly));
        auto parsed = parseOpenSsh({name, file.readAll()}, FilesOnDisk(), m_user);
        QVERIFY(parsed);
        QVERIFY(parsed->sessions.size() >= 2);
        QStringList hosts{u"unnamed.example"_s, u"sw9.lab"_s, u"edge-7"_s, u"a"_s};
        for (const ParsedSession &session : std::as_const(parsed->sessions)) {
            if (!session.name.contains(u' ')) // ssh refuses such a name on its command line
                hosts.prepend(session.name);
        }
        hosts.removeDuplicates();
        for (const QString &host : std::as_const(hosts))
            QTest::addRow("%s %s", qPrintable(name), qPrintable(host)) << file.fileName() << host;
    }
}

void OpenSshOracleTest::everyHostIsWhatSshSays()
{
    QFETCH(QString, file);
    QFETCH(QString, host);
    QFile config(file);
    QVERIFY(config.open(QIODevice::ReadOnly));
    ParsedImport import;
    const auto read = readOpenSshConfig({file, config.readAll()}, FilesOnDisk(), import);
    QVERIFY(read);
    const auto ours = OpenSshEvaluator(*read, m_user).evaluate({.host = host});
    QVERIFY(ours);
    const auto theirs = sshSays(file, host);

    QCOMPARE(ours->hostName, theirs.value(u"hostname"_s));
    QCOMPARE(QString::number(ours->port), theirs.value(u"port"_s));
    QCOMPARE(ours->user, theirs.value(u"user"_s));
    if (ours->identityFiles.isEmpty()) // its built-in list
        QVERIFY(theirs.values(u"identityfile"_s).contains(u"~/.ssh/id_ed25519"_s));
    else
        QCOMPARE(ours->identityFiles, inOrder(theirs, u"identityfile"_s));
    QCOMPARE(QString::number(ours->serverAliveInterval.value_or(0)), theirs.value(u"serveraliveinterval"_s));
    QCOMPARE(ours->connectTimeout ? QString::number(*ours->connectTimeout) : u"none"_s,
             theirs.value(u"connecttimeout"_s));
    QCOMPARE(ours->proxyJump.value_or(QList<Destination>()), destinations(theirs.value(u"proxyjump"_s)));
    const QString command = theirs.value(u"proxycommand"_s);
    QCOMPARE(ours->proxyCommand.has_value() && *ours->proxyCommand != "none"_L1, !command.isEmpty());
    for (const auto &[type, keyword] :
         {std::pair{ForwardType::Local, u"localforward"_s}, std::pair{ForwardType::Remote, u"remoteforward"_s},
          std::pair{ForwardType::Dynamic, u"dynamicforward"_s}}) {
        QStringList forwards;
        for (const ParsedForward &forward : ours->forwards) {
            if (forward.type == type)
                forwards.append(spelled(forward));
        }
        QCOMPARE(forwards, inOrder(theirs, keyword));
    }
}

QTEST_GUILESS_MAIN(OpenSshOracleTest)
#include "tst_opensshoracle.moc"
