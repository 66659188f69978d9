// The 0.1.7 inventory sources carried their own URL and kept their token in a table of their own; now each refers to
// an API resource (contract 02 section 1.6, contract 07 section 10). The reference throws them away; here they are
// converted.

#include "core/uuid.h"
#include "storage/connection.h"
#include "storage/migrationsteps.h"
#include "storage/tablerebuild.h"

#include <QUrl>

#include <algorithm>

namespace agent {

using namespace Qt::StringLiterals;

namespace {

/// One kind of inventory system.
struct Kind
{
    QLatin1StringView table;                              ///< where 0.1.7 kept its sources
    QLatin1StringView newTable;                           ///< where they belong now
    QLatin1StringView tokenTable;                         ///< where 0.1.7 kept their tokens, or empty
    QLatin1StringView keyName;                            ///< the key in api_keys that served all sources of the kind
    QLatin1StringView product;                            ///< for the name of the resource
    QLatin1StringView authType, headerName, headerPrefix; ///< how its servers take a token
    int verifySsl;
};

constexpr auto kCrawlerTable = "netstacks_crawler_sources"_L1;

/// 0.1.7 never verified the certificate of a NetBox server.
constexpr Kind kKinds[] = {
    {"netbox_sources"_L1, "netbox_sources"_L1, "netbox_tokens"_L1, "netbox"_L1, "NetBox"_L1, "custom_header"_L1,
     "Authorization"_L1, "Token "_L1, 0},
    {"librenms_sources"_L1,
     "librenms_sources"_L1,
     "librenms_tokens"_L1,
     "librenms"_L1,
     "LibreNMS"_L1,
     "api_key_header"_L1,
     "X-Auth-Token"_L1,
     {},
     1},
    {"netdisco_sources"_L1,
     kCrawlerTable,
     {},
     "netdisco"_L1,
     "Netdisco"_L1,
     "api_key_header"_L1,
     "X-API-Key"_L1,
     {},
     1},
    {kCrawlerTable, kCrawlerTable, {}, "netdisco"_L1, "Netdisco"_L1, "api_key_header"_L1, "X-API-Key"_L1, {}, 1},
};

struct Source
{
    QString id, name, url, username;
    bool basic = false;
    QByteArray sealedToken; ///< empty when there is none
    QString keyRow;         ///< the row of api_keys the token came from
    QString resourceId;     ///< assigned while converting
};

struct Resource
{
    QString id, url, username;
    bool basic = false;
    bool hasToken = false;
};

Status run(Connection &connection, const QString &sql, const QVariantList &values = {})
{
    const auto done = connection.execute(sql, values);
    return done ? Status() : Status(done.error());
}

bool isLegacy(const Catalog &present, const Kind &kind) { return present.has(kind.table, u"url"); }

/// The blob column of a token table, whatever its name is.
QString blobColumn(const Catalog::Table &table)
{
    for (const Catalog::Column &column : table.columns) {
        if (column.type.compare("BLOB"_L1, Qt::CaseInsensitive) == 0)
            return column.name;
    }
    return {};
}

Result<QByteArray> keyBlob(Migration &migration, const QString &keyType)
{
    const auto blob =
        migration.connection.value(u"SELECT encrypted_data FROM api_keys WHERE key_type = ?"_s, {keyType});
    if (!blob)
        return blob.error();
    return blob->toByteArray();
}

/// A source's own token; else the one that served all sources of its kind.
Status findToken(Migration &migration, const Kind &kind, Source &source)
{
    const QString tokenTable = kind.tokenTable;
    const QString column = blobColumn(migration.present.tables.value(tokenTable));
    if (!column.isEmpty() && migration.present.has(tokenTable, u"source_id")) {
        const auto blob = migration.connection.value(
            u"SELECT \"%1\" FROM %2 WHERE source_id = ?"_s.arg(column, tokenTable), {source.id});
        if (!blob)
            return blob.error();
        source.sealedToken = blob->toByteArray();
    }
    for (const QString &row : {QString(kind.keyName + u'_' + source.id), QString(kind.keyName)}) {
        if (!source.sealedToken.isEmpty())
            break;
        auto blob = keyBlob(migration, row);
        if (!blob)
            return blob.error();
        source.sealedToken = *std::move(blob);
        source.keyRow = row;
    }
    return {};
}

Result<QList<Source>> readSources(Migration &migration, const Kind &kind)
{
    const auto columnOr = [&](QStringView name, const QString &otherwise) {
        return migration.present.has(kind.table, name) ? u"coalesce("_s + name + u", "_s + otherwise + u')' : otherwise;
    };
    // Netdisco sources were asked with a user name and password unless they said otherwise.
    const bool mayBeBasic = migration.present.has(kind.table, u"username");
    QList<Source> sources;
    const Status read =
        migration.connection.forEach(u"SELECT id, name, coalesce(url, ''), "_s + columnOr(u"username", u"''"_s) +
                                         u", "_s + columnOr(u"auth_type", u"'basic'"_s) + u" FROM "_s + kind.table +
                                         u" ORDER BY "_s + columnOr(u"created_at", u"''"_s) + u", rowid"_s,
                                     {}, [&](const QSqlQuery &row) {
                                         Source source;
                                         source.id = row.value(0).toString();
                                         source.name = row.value(1).toString();
                                         source.url = row.value(2).toString().trimmed();
                                         while (source.url.endsWith(u'/'))
                                             source.url.chop(1);
                                         source.basic = mayBeBasic && row.value(4).toString() == "basic"_L1;
                                         if (source.basic)
                                             source.username = row.value(3).toString();
                                         sources.append(source);
                                     });
    if (!read)
        return read.error();
    for (Source &source : sources) {
        if (Status found = findToken(migration, kind, source); !found)
            return found.error();
    }
    return sources;
}

QString resourceName(const Kind &kind, const Source &source)
{
    // With the product in it, the built-in hover sources find the resource (contract 02 section 1.8).
    if (source.name.contains(kind.product, Qt::CaseInsensitive))
        return source.name;
    return source.name + u" ("_s + kind.product + u')';
}

Result<Resource> createResource(Migration &migration, const Kind &kind, const Source &source)
{
    const Resource resource{newUuid(), source.url, source.username, source.basic, false};
    const QVariant header = source.basic ? QVariant() : QVariant(QString(kind.headerName));
    const QVariant prefix =
        source.basic || kind.headerPrefix.isEmpty() ? QVariant() : QVariant(QString(kind.headerPrefix));
    if (Status made = run(migration.connection,
                          u"INSERT INTO api_resources (id, name, base_url, auth_type, auth_header_name, "
                          "auth_header_prefix, verify_ssl) VALUES (?, ?, ?, ?, ?, ?, ?)"_s,
                          {resource.id, resourceName(kind, source), source.url,
                           source.basic ? u"basic"_s : QString(kind.authType), header, prefix, kind.verifySsl});
        !made)
        return made.error();
    return resource;
}

Status keepToken(Migration &migration, const Resource &resource, const Source &source)
{
    return run(migration.connection,
               u"INSERT INTO nsx_legacy_tokens (api_resource_id, form, username, encrypted_data) VALUES (?, ?, ?, ?)"_s,
               {resource.id, source.basic ? u"password"_s : u"token"_s, source.username, source.sealedToken});
}

/// One resource a URL, and one more for every further source that brings a token of its own: sealed tokens cannot be
/// compared, and none must get lost.
Status assignResources(Migration &migration, const Kind &kind, QList<Source> &sources)
{
    std::ranges::stable_partition(sources, [](const Source &source) { return !source.sealedToken.isEmpty(); });
    QList<Resource> resources;
    for (Source &source : sources) {
        const bool brings = !source.sealedToken.isEmpty();
        auto fitting = std::ranges::find_if(resources, [&](const Resource &resource) {
            return resource.url == source.url && resource.basic == source.basic &&
                   resource.username == source.username && !(brings && resource.hasToken);
        });
        if (fitting == resources.end()) {
            auto created = createResource(migration, kind, source);
            if (!created)
                return created.error();
            fitting = resources.insert(resources.end(), *std::move(created));
        }
        source.resourceId = fitting->id;
        if (!brings)
            continue;
        if (Status kept = keepToken(migration, *fitting, source); !kept)
            return kept;
        fitting->hasToken = true;
    }
    return {};
}

/// Moves the rows into the table's new form, each with its resource.
Status moveSources(Migration &migration, const Kind &kind, const QList<Source> &sources)
{
    Connection &connection = migration.connection;
    if (Status made = run(connection, u"CREATE TEMP TABLE nsx_assigned (source_id TEXT PRIMARY KEY, "
                                      "resource_id TEXT NOT NULL)"_s);
        !made)
        return made;
    for (const Source &source : sources) {
        if (Status put = run(connection, u"INSERT INTO nsx_assigned VALUES (?, ?)"_s, {source.id, source.resourceId});
            !put)
            return put;
    }
    const QString assigned = u"(SELECT resource_id FROM nsx_assigned WHERE source_id = id)"_s;
    Status moved;
    if (kind.table == kind.newTable) {
        moved = rebuildTable(
            migration, {.table = kind.table, .expressions = {{u"api_resource_id"_s, assigned}}, .dropUnknown = true});
    } else {
        const auto time = [&](QStringView column) {
            return migration.present.has(kind.table, column) ? u"coalesce("_s + column + u", datetime('now'))"_s
                                                             : u"datetime('now')"_s;
        };
        moved = run(connection, u"INSERT OR IGNORE INTO "_s + kind.newTable +
                                    u" (id, name, api_resource_id, created_at, updated_at) SELECT id, name, "_s +
                                    assigned + u", "_s + time(u"created_at") + u", "_s + time(u"updated_at") +
                                    u" FROM "_s + kind.table);
        if (moved)
            moved = run(connection, u"DROP TABLE "_s + kind.table);
    }
    if (!moved)
        return moved;
    if (Status dropped = run(connection, u"DROP TABLE nsx_assigned"_s); !dropped)
        return dropped;
    return migration.refresh();
}

Status forgetOldTokens(Migration &migration, const Kind &kind, const QList<Source> &sources)
{
    for (const Source &source : sources) {
        if (source.keyRow.isEmpty())
            continue;
        if (Status gone = run(migration.connection, u"DELETE FROM api_keys WHERE key_type = ?"_s, {source.keyRow});
            !gone)
            return gone;
    }
    if (kind.tokenTable.isEmpty())
        return {};
    return run(migration.connection, u"DROP TABLE IF EXISTS "_s + kind.tokenTable);
}

} // namespace

bool hasLegacySources(const Migration &migration)
{
    return std::ranges::any_of(kKinds, [&](const Kind &kind) { return isLegacy(migration.present, kind); });
}

Status convertLegacySources(Migration &migration)
{
    for (const QString &table : {u"api_resources"_s, u"api_keys"_s}) {
        if (Status completed = addMissingColumns(migration, table); !completed)
            return completed;
    }
    if (Status read = migration.refresh(); !read)
        return read;
    // The table that will take the crawler's rows must be in its new form before the old ones come.
    for (const Kind &kind : {kKinds[0], kKinds[1], kKinds[3], kKinds[2]}) {
        if (!isLegacy(migration.present, kind))
            continue;
        auto sources = readSources(migration, kind);
        if (!sources)
            return sources.error();
        if (Status assigned = assignResources(migration, kind, *sources); !assigned)
            return assigned;
        if (Status moved = moveSources(migration, kind, *sources); !moved)
            return moved;
        if (Status forgotten = forgetOldTokens(migration, kind, *sources); !forgotten)
            return forgotten;
    }
    return {};
}

} // namespace agent
