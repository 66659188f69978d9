// Any bytes as the JSON of an export file and of a confirmed plan: what is accepted is written and read back the same,
// and importing it into a database keeps the database sound.

#include "api/body.h"
#include "core/jsondocument.h"
#include "sessionimport/confirm.h"
#include "storage/connection.h"
#include "storage/databaseschema.h"

#include <QCoreApplication>

#include <cstdlib>

using namespace agent;
using namespace Qt::StringLiterals;

namespace {

void require(bool holds)
{
    if (!holds)
        std::abort();
}

/// One database for all inputs; each is rolled back.
Connection &database()
{
    static Connection &connection = *new Connection; // for good: Qt's drivers are gone when statics are destroyed
    if (!connection.isOpen()) {
        static int argc = 0;
        new QCoreApplication(argc, nullptr); // Qt's drivers ask for one
        require(connection.open(u":memory:"_s).ok());
        const auto catalog = freshCatalog();
        require(catalog.ok());
        require(connection.value(u"PRAGMA foreign_keys = OFF"_s).ok());
        for (const auto &table : catalog->tables)
            require(connection.execute(table.sql).ok());
        require(connection.value(u"PRAGMA foreign_keys = ON"_s).ok());
        require(connection
                    .execute(u"INSERT INTO credential_profiles (id, name, username, auth_type) "
                             "VALUES ('p', 'lab', 'admin', 'password')"_s)
                    .ok());
    }
    return connection;
}

template <typename Model, typename F>
void feed(const QByteArray &text, F &&use)
{
    auto document = JsonDocument::parse(text);
    if (!document)
        return;
    const auto model = decodeNew<Model>(document->root());
    if (!model)
        return;
    const QByteArray once = encode(*model);
    auto again = JsonDocument::parse(once);
    require(again.ok());
    const auto same = decodeNew<Model>(again->root());
    require(same.ok() && encode(*same) == once);

    Connection &connection = database();
    require(connection.execute(u"BEGIN"_s).ok());
    use(connection, *model);
    require(!connection.value(u"PRAGMA foreign_key_check"_s).value().isValid());
    require(connection.execute(u"ROLLBACK"_s).ok());
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size)
{
    const QByteArray text(reinterpret_cast<const char *>(data), qsizetype(size));
    feed<ExportData>(text, [](Connection &connection, const ExportData &data) {
        const auto result = sessions::importData(connection, data);
        require(!result || result->sessionsCreated <= data.sessions.size());
    });
    feed<sessionimport::ImportPlan>(text, [](Connection &connection, const sessionimport::ImportPlan &plan) {
        const auto result = sessionimport::confirmPlan(connection, plan);
        require(!result || result->sessionsCreated + result->sessionsSkipped == plan.sessions.size());
    });
    return 0;
}
