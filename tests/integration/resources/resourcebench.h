#pragma once

#include "jumps/jumphostroutes.h"
#include "profiles/profileroutes.h"
#include "routecaller/jsonobject.h"
#include "routecaller/routecaller.h"
#include "sessions/folderroutes.h"
#include "sessions/sessionroutes.h"
#include "storage/connection.h"
#include "storage/database.h"
#include "storage/opendatabase.h"

#include <QTemporaryDir>
#include <QtTest>

namespace agent::test {

/// A fresh database with the routes a terminal needs, and short ways to fill it.
class ResourceBench
{
public:
    ResourceBench()
        : m_database(open(folder))
        , database(*m_database)
        , call(router)
    {
        registerSessionRoutes(router, database);
        registerFolderRoutes(router, database);
        registerProfileRoutes(router, database);
        registerJumpHostRoutes(router, database);
    }

    ~ResourceBench()
    {
        m_database.reset();
        QCoreApplication::processEvents(); // its last answers: nobody waits for them for good
    }

    /// Posts and returns the new id.
    QByteArray make(const QByteArray &path, const QByteArray &json)
    {
        const Answer answer = call.post(path, json);
        if (answer.status != 201)
            qFatal("POST %s answered %d: %s", path.constData(), answer.status, answer.body.constData());
        return answer.text("id").toLatin1();
    }
    QByteArray makeProfile(const QByteArray &name, const QByteArray &more = {})
    {
        return make("/api/profiles", R"({"name":")" + name + R"(","username":"admin")" + more + "}");
    }
    QByteArray makeSession(const QByteArray &name, const QByteArray &profile, const QByteArray &more = {})
    {
        return make("/api/sessions",
                    R"({"name":")" + name + R"(","host":"10.0.0.1","profile_id":")" + profile + '"' + more + '}');
    }
    QByteArray makeFolder(const QByteArray &name, const QByteArray &parent = {})
    {
        return make("/api/folders", R"({"name":")" + name + '"' +
                                        (parent.isEmpty() ? QByteArray() : R"(,"parent_id":")" + parent + '"') + '}');
    }
    /// The names of a list, in order.
    QStringList names(const QByteArray &path)
    {
        QStringList result;
        const Answer answer = call.get(path);
        for (const JsonValue &item : answer.json().GetArray())
            result.append(QString::fromUtf8(item["name"].GetString()));
        return result;
    }
    QVariant sql(const QString &query)
    {
        return database.runBlocking([&](Connection &connection) -> Result<QVariant> { return connection.value(query); })
            .value();
    }

private:
    static std::unique_ptr<Database> open(const QTemporaryDir &folder)
    {
        auto opened = openDatabase({.path = folder.filePath(QStringLiteral("netstacks.db"))});
        if (!opened)
            qFatal("cannot open the test database: %s", qPrintable(opened.error().message));
        return std::move(opened->database);
    }

public:
    QTemporaryDir folder;

private:
    std::unique_ptr<Database> m_database;

public:
    Database &database;
    Router router;
    RouteCaller call;
};

} // namespace agent::test
