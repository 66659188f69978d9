#pragma once

#include "support/agentprocess/agentprocess.h"
#include "support/sshd/sshdserver.h"

#include <QDir>
#include <QElapsedTimer>
#include <QFile>
#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QSslConfiguration>
#include <QSslSocket>
#include <QTest>

#include <sys/stat.h>

namespace agent::test {

/// The built agent with a session on a real sshd that serves SFTP, and a folder of files on that "device".
class SftpBench
{
public:
    static QStringList withSftp(const QString &subsystem = QStringLiteral("internal-sftp"))
    {
        return {QStringLiteral("ForceCommand none"), QStringLiteral("Subsystem sftp ") + subsystem};
    }

    SftpBench()
        : key(sshd.addClientKey({QStringLiteral("-t"), QStringLiteral("ed25519")}))
    {
    }

    /// @return what went wrong; empty: nothing
    QString open(const QStringList &options = withSftp())
    {
        if (!agent.start())
            return agent.failure();
        if (agent.post(QStringLiteral("/api/vault/password"), R"({"password":"correct horse"})").status != 204)
            return QStringLiteral("no vault");
        if (!sshd.start(options))
            return QStringLiteral("no sshd");
        session = makeSession(sshd.port(), key);
        const AgentReply connected = connectTo(session);
        return connected.status == 200 ? QString() : QString::fromUtf8(connected.body);
    }

    QString make(const QString &path, const QJsonObject &body)
    {
        const AgentReply made = agent.post(path, QJsonDocument(body).toJson(QJsonDocument::Compact));
        return made.json()[QStringLiteral("id")].toString();
    }
    QString makeProfile(const QString &keyPath)
    {
        return make(QStringLiteral("/api/profiles"), {{QStringLiteral("name"), QStringLiteral("p%1").arg(++m_count)},
                                                      {QStringLiteral("username"), SshdServer::currentUser()},
                                                      {QStringLiteral("auth_type"), QStringLiteral("key")},
                                                      {QStringLiteral("key_path"), keyPath}});
    }
    QString makeSession(quint16 port, const QString &keyPath, QJsonObject more = {})
    {
        more.insert(QStringLiteral("name"), QStringLiteral("s%1").arg(++m_count));
        if (!more.contains(QStringLiteral("host")))
            more.insert(QStringLiteral("host"), QStringLiteral("127.0.0.1"));
        more.insert(QStringLiteral("port"), port);
        if (!more.contains(QStringLiteral("profile_id")))
            more.insert(QStringLiteral("profile_id"), makeProfile(keyPath));
        return make(QStringLiteral("/api/sessions"), more);
    }
    AgentReply connectTo(const QString &id, const QByteArray &body = "{}")
    {
        return agent.post(QStringLiteral("/api/sftp/%1/connect").arg(id), body);
    }

    /// As the frontend writes it: axios sends a space as `+`.
    static QString encoded(const QString &text)
    {
        return QString::fromLatin1(QUrl::toPercentEncoding(text, " /:$,")).replace(QLatin1Char(' '), QLatin1Char('+'));
    }
    QString route(const QString &what, const QString &path, const QString &more = {}) const
    {
        return QStringLiteral("/api/sftp/%1/%2?path=%3%4").arg(session, what, encoded(path), more);
    }
    AgentReply ls(const QString &path) { return agent.get(route(QStringLiteral("ls"), path)); }
    AgentReply stat(const QString &path) { return agent.get(route(QStringLiteral("stat"), path)); }
    AgentReply download(const QString &path) { return agent.get(route(QStringLiteral("download"), path)); }
    AgentReply upload(const QString &path, const QByteArray &bytes)
    {
        return agent.request("POST", route(QStringLiteral("upload"), path), bytes,
                             {{"Content-Type", "application/octet-stream"}});
    }
    AgentReply remove(const QString &path, bool isFolder)
    {
        return agent.del(route(QStringLiteral("rm"), path, isFolder ? QStringLiteral("&is_dir=true") : QString()));
    }
    static QString codeOf(const AgentReply &reply) { return reply.json()[QStringLiteral("code")].toString(); }
    QStringList namesIn(const QString &path)
    {
        QStringList names;
        const QJsonArray entries = ls(path).json()[QStringLiteral("entries")].toArray();
        for (const QJsonValue &entry : entries)
            names.append(entry[QStringLiteral("name")].toString());
        return names;
    }

    QString at(const QString &name) const { return files.filePath(name); }
    void put(const QString &name, const QByteArray &bytes) const
    {
        QFile file(at(name));
        if (!file.open(QIODevice::WriteOnly) || file.write(bytes) != bytes.size())
            qFatal("cannot write a file");
    }
    QByteArray bytesOf(const QString &name) const
    {
        QFile file(at(name));
        return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray("no such file");
    }
    QStringList local() const
    {
        return QDir(files.path()).entryList(QDir::AllEntries | QDir::Hidden | QDir::System | QDir::NoDotAndDotDot);
    }

    SshdServer sshd;
    AgentProcess agent;
    QTemporaryDir files;
    const QString key;
    QString session;

private:
    int m_count = 0;
};

/// A client of which each byte is in the test's hands.
class RawTransfer
{
public:
    RawTransfer(SftpBench &bench, const QByteArray &method, const QString &route, const QByteArray &headers = {})
    {
        QSslConfiguration tls = QSslConfiguration::defaultConfiguration();
        tls.setCaCertificates({bench.agent.certificate()});
        socket.setSslConfiguration(tls);
        socket.setPeerVerifyMode(QSslSocket::VerifyNone);
        socket.setReadBufferSize(64 * 1024);
        socket.connectToHostEncrypted(QStringLiteral("127.0.0.1"), bench.agent.port());
        if (!socket.waitForEncrypted(20'000))
            qWarning() << socket.errorString();
        socket.write(method + ' ' + route.toUtf8() +
                     " HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\nAuthorization: Bearer " +
                     bench.agent.token() + "\r\n" + headers + "\r\n");
    }
    void send(const QByteArray &bytes)
    {
        socket.write(bytes);
        while (socket.bytesToWrite() + socket.encryptedBytesToWrite() > 0 && socket.waitForBytesWritten(20'000)) {
        }
    }
    QByteArray readHead()
    {
        while (!m_input.contains("\r\n\r\n") && (socket.bytesAvailable() > 0 || socket.waitForReadyRead(20'000)))
            m_input += socket.readAll();
        const qsizetype end = m_input.indexOf("\r\n\r\n") + 4;
        const QByteArray head = m_input.first(end);
        m_input.remove(0, end);
        return head;
    }
    /// To the end of the connection. @return how many bytes there were
    qint64 drain()
    {
        qint64 count = std::exchange(m_input, {}).size();
        const auto hasNews = [this] {
            return socket.bytesAvailable() > 0 || socket.state() == QAbstractSocket::UnconnectedState;
        };
        while (
            QTest::qWaitFor(hasNews, 20'000)) { // by its event loop: a socket with a small buffer reads on only there
            const qint64 got = socket.readAll().size();
            if (got == 0 && socket.state() == QAbstractSocket::UnconnectedState)
                break;
            count += got;
        }
        return count;
    }

    QSslSocket socket;

private:
    QByteArray m_input;
};

} // namespace agent::test
