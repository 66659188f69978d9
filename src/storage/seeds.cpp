#include "storage/seeds.h"

#include "core/uuid.h"
#include "storage/connection.h"
#include "storage/databaseschema.h"

#include <iterator>

namespace agent {

using namespace Qt::StringLiterals;

namespace {

struct Pair
{
    QLatin1StringView matcher;
    QLatin1StringView source;
    int order;
};

constexpr Pair kPairs[] = {
    {"builtin-ipv4"_L1, "builtin-dns-ptr"_L1, 0},
    {"builtin-ipv4"_L1, "builtin-crawler-device"_L1, 1},
    {"builtin-ipv4"_L1, "builtin-netbox-ip"_L1, 2},
    {"builtin-mac-colon"_L1, "builtin-mac-address-type"_L1, 0},
    {"builtin-mac-colon"_L1, "builtin-oui-vendor"_L1, 1},
    {"builtin-mac-colon"_L1, "builtin-crawler-mac"_L1, 2},
    {"builtin-mac-cisco"_L1, "builtin-mac-address-type"_L1, 0},
    {"builtin-mac-cisco"_L1, "builtin-oui-vendor"_L1, 1},
    {"builtin-mac-cisco"_L1, "builtin-crawler-mac"_L1, 2},
    {"builtin-cisco-interface"_L1, "builtin-crawler-port"_L1, 0},
    {"builtin-cisco-interface"_L1, "builtin-crawler-neighbor"_L1, 1},
    {"builtin-cisco-interface"_L1, "builtin-netbox-interface"_L1, 2},
    {"builtin-junos-interface"_L1, "builtin-crawler-port"_L1, 0},
    {"builtin-junos-interface"_L1, "builtin-crawler-neighbor"_L1, 1},
    {"builtin-junos-interface"_L1, "builtin-netbox-interface"_L1, 2},
};
constexpr int kMatchers = 5;
constexpr int kSources = 9;

struct TemplateScript
{
    QLatin1StringView name;
    QLatin1StringView file;
};

constexpr TemplateScript kScripts[] = {
    {"Run show command"_L1, "run_show_command.py"_L1},
    {"Config backup to file"_L1, "config_backup.py"_L1},
    {"Find interface errors"_L1, "interface_errors.py"_L1},
};

const QString kCrawlerResource = u"lower(name) GLOB '*netdisco*' OR lower(name) GLOB '*crawler*'"_s;
const QString kNetBoxResource = u"lower(name) GLOB '*netbox*'"_s;

Status run(Connection &connection, const QString &sql, const QVariantList &values = {})
{
    const auto done = connection.execute(sql, values);
    return done ? Status() : Status(done.error());
}

/// What is missing; read in one query.
struct Due
{
    bool settings = false, scripts = false, enrichment = false, pairs = false, unwantedPairs = false;
    bool crawlerBinding = false, netBoxBinding = false, interactions = false;

    [[nodiscard]] bool anything() const
    {
        return settings || scripts || enrichment || pairs || unwantedPairs || crawlerBinding || netBoxBinding ||
               interactions;
    }
};

QString unbound(const QString &prefix, const QString &resource)
{
    return u"EXISTS (SELECT 1 FROM enrichment_sources WHERE api_resource_id IS NULL AND kind = 'api_resource' AND "
           "name GLOB '%1_*') AND EXISTS (SELECT 1 FROM api_resources WHERE %2)"_s.arg(prefix, resource);
}

Result<Due> findDue(Connection &connection)
{
    Due due;
    const Status read = connection.forEach(
        u"SELECT NOT EXISTS (SELECT 1 FROM settings WHERE key = 'ai.terminal_mode'), "
        "NOT EXISTS (SELECT 1 FROM scripts WHERE is_template = 1), "
        "(SELECT count(*) FROM enrichment_matchers WHERE is_builtin = 1) < %1 OR "
        "(SELECT count(*) FROM enrichment_sources WHERE is_builtin = 1) < %2, "
        "(SELECT count(*) FROM nsx_seeded_pairs) < %3, "
        "EXISTS (SELECT 1 FROM nsx_seeded_pairs JOIN enrichment_matcher_sources USING (matcher_id, source_id) "
        "WHERE removed), %4, %5, EXISTS (SELECT 1 FROM task_interactions WHERE status = 'pending')"_s.arg(
            QString::number(kMatchers), QString::number(kSources), QString::number(std::size(kPairs)),
            unbound(u"crawler"_s, kCrawlerResource), unbound(u"netbox"_s, kNetBoxResource)),
        {}, [&due](const QSqlQuery &row) {
            int i = 0;
            for (bool *field : {&due.settings, &due.scripts, &due.enrichment, &due.pairs, &due.unwantedPairs,
                                &due.crawlerBinding, &due.netBoxBinding, &due.interactions})
                *field = row.value(i++).toBool();
        });
    if (!read)
        return read.error();
    return due;
}

Status seedScripts(Connection &connection)
{
    for (const TemplateScript &script : kScripts) {
        if (Status put = run(connection, u"INSERT INTO scripts (id, name, content, is_template) VALUES (?, ?, ?, 1)"_s,
                             {newUuid(), QString(script.name), resourceText(u"seeds/"_s + script.file)});
            !put)
            return put;
    }
    return {};
}

Status seedPairs(Connection &connection)
{
    for (const Pair &pair : kPairs) {
        const QVariantList ids{QString(pair.matcher), QString(pair.source)};
        // Both ends may be missing: a user's own matcher can hold the built-in name.
        const auto remembered =
            connection.execute(u"INSERT OR IGNORE INTO nsx_seeded_pairs (matcher_id, source_id) SELECT m.id, s.id "
                               "FROM enrichment_matchers m, enrichment_sources s WHERE m.id = ? AND s.id = ?"_s,
                               ids);
        if (!remembered)
            return remembered.error();
        if (*remembered == 0)
            continue;
        if (Status put = run(connection,
                             u"INSERT OR IGNORE INTO enrichment_matcher_sources (matcher_id, source_id, sort_order) "
                             "VALUES (?, ?, ?)"_s,
                             ids + QVariantList{pair.order});
            !put)
            return put;
    }
    return {};
}

Status bindSources(Connection &connection, const QString &prefix, const QString &resource)
{
    return run(connection, u"UPDATE enrichment_sources SET api_resource_id = (SELECT id FROM api_resources WHERE %2 "
                           "ORDER BY created_at, rowid LIMIT 1) WHERE api_resource_id IS NULL AND "
                           "kind = 'api_resource' AND name GLOB '%1_*'"_s.arg(prefix, resource));
}

Status seedDue(Connection &connection, const Due &due)
{
    Status done;
    if (due.settings)
        done = run(connection, u"INSERT OR IGNORE INTO settings (key, value) VALUES ('ai.terminal_mode', 'false')"_s);
    if (done && due.scripts)
        done = seedScripts(connection);
    if (done && due.enrichment)
        done = connection.executeScript(resourceText(u"seeds/enrichment.sql"_s));
    if (done && (due.pairs || due.enrichment))
        done = seedPairs(connection);
    if (done && due.unwantedPairs) {
        done = run(connection, u"DELETE FROM enrichment_matcher_sources WHERE EXISTS (SELECT 1 FROM nsx_seeded_pairs n "
                               "WHERE n.removed AND n.matcher_id = enrichment_matcher_sources.matcher_id "
                               "AND n.source_id = enrichment_matcher_sources.source_id)"_s);
    }
    // The sources may have come just now, so the answer read before does not count for them.
    if (done && (due.crawlerBinding || due.enrichment))
        done = bindSources(connection, u"crawler"_s, kCrawlerResource);
    if (done && (due.netBoxBinding || due.enrichment))
        done = bindSources(connection, u"netbox"_s, kNetBoxResource);
    if (done && due.interactions) {
        done = run(connection, u"UPDATE task_interactions SET status = 'expired', resolved_at = datetime('now') "
                               "WHERE status = 'pending'"_s);
    }
    return done;
}

} // namespace

Status seed(Connection &connection)
{
    const auto due = findDue(connection);
    if (!due)
        return due.error();
    if (!due->anything())
        return {};
    if (Status begun = run(connection, u"BEGIN IMMEDIATE"_s); !begun)
        return begun;
    Status done = seedDue(connection, *due);
    if (done)
        done = run(connection, u"COMMIT"_s);
    if (!done)
        (void)connection.execute(u"ROLLBACK"_s); // fails when SQLite has rolled back on its own
    return done;
}

Status rememberPairWish(Connection &connection, const QString &matcherId, const QString &sourceId, PairWish wish)
{
    return run(connection, u"UPDATE nsx_seeded_pairs SET removed = ? WHERE matcher_id = ? AND source_id = ?"_s,
               {wish == PairWish::Removed, matcherId, sourceId});
}

} // namespace agent
