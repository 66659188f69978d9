#pragma once

#include "localfiles/localfileroutes.h"
#include "localfiles/localfiles.h"
#include "net/response.h"
#include "routecaller/jsonobject.h"
#include "routecaller/routecaller.h"

#include <QDir>
#include <QFile>
#include <QTemporaryDir>
#include <QTest>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace agent::test {

using namespace Qt::StringLiterals;

/// The routes of local files over a folder with a home and a desk in it. Its suites open it for each test.
class LocalFilesBench
{
public:
    void open()
    {
        m_around = std::make_unique<QTemporaryDir>();
        m_router = std::make_unique<Router>();
        for (const QString &folder : {u"home/.ssh"_s, u"home/.config"_s, u"desk"_s})
            QVERIFY(QDir(m_around->path()).mkpath(folder));
        m_files = std::make_unique<LocalFiles>(PrivatePlaces{.home = at(u"home"_s),
                                                             .database = at(u"home/netstacks.db"_s),
                                                             .configFolder = at(u"home/.config"_s)},
                                               0022);
        registerLocalFileRoutes(*m_router, *m_files);
        m_call = std::make_unique<RouteCaller>(*m_router);
        m_call->patience = std::chrono::seconds(60);
    }
    void close()
    {
        m_call.reset();
        m_files.reset();
        QCoreApplication::processEvents();
    }

    using Members = std::initializer_list<std::pair<const char *, QByteArray>>;
    QString at(const QString &name) const { return m_around->filePath(name); }
    QByteArray bytesAt(const QString &name) const { return at(name).toUtf8(); }
    Answer ask(const QByteArray &route, const QByteArray &body) { return m_call->post("/api/local/" + route, body); }
    Answer ask(const QByteArray &route, Members members) { return ask(route, object(members)); }
    Answer askPath(const QByteArray &route, const QString &name) { return ask(route, {{"path", bytesAt(name)}}); }
    Answer remove(const QString &name, bool isFolder)
    {
        QByteArray body = object({{"path", bytesAt(name)}});
        body.chop(1);
        return ask("delete", body + ",\"is_dir\":" + (isFolder ? "true}" : "false}"));
    }
    void put(const QString &name, const QByteArray &text) const
    {
        QFile file(at(name));
        QVERIFY(file.open(QIODevice::WriteOnly));
        QCOMPARE(file.write(text), text.size());
    }
    QByteArray content(const QString &name) const
    {
        QFile file(at(name));
        return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
    }
    void makeSparse(const QString &name, qint64 size) const
    {
        put(name, "");
        QCOMPARE(::truncate(QFile::encodeName(at(name)).constData(), off_t(size)), 0);
    }

    std::unique_ptr<QTemporaryDir> m_around;
    std::unique_ptr<Router> m_router;
    std::unique_ptr<LocalFiles> m_files;
    std::unique_ptr<RouteCaller> m_call;
};

} // namespace agent::test
