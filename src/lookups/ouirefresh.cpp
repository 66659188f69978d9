#include "lookups/ouirefresh.h"

#include "core/async.h"
#include "httpclient/httpclient.h"
#include "lookups/csvreader.h"
#include "lookups/ouiformat.h"
#include "settings/settings.h"
#include "storage/connection.h"
#include "storage/database.h"

#include <QHash>

namespace agent {

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace {

constexpr qsizetype kFewest = 10'000; ///< the registry has had more for many years
constexpr qsizetype kMaxName = 300;

struct Vendor
{
    QString name;
    QString registry;
};
using Vendors = QHash<QString, Vendor>; ///< by the six hex digits of the prefix

Result<Vendors> vendorsIn(const QByteArray &csv)
{
    Vendors vendors;
    for (CsvReader rows(csv); !rows.atEnd();) {
        const QList<QByteArray> row = rows.row();
        if (row.size() < 3)
            continue;
        const QByteArray prefix = row[1].trimmed().left(6).toUpper();
        const QString name = QString::fromUtf8(row[2]).simplified().left(kMaxName);
        if (prefix.size() == 6 && ouiformat::prefixOf(prefix.data(), ouiformat::kKinds[0]) >= 0 && !name.isEmpty())
            vendors.insert(QString::fromLatin1(prefix), {name, QString::fromUtf8(row[0]).simplified().left(16)});
    }
    if (vendors.size() < kFewest)
        return Error{ErrorCode::HttpClient, u"what came is not the IEEE's registry of MAC vendors"_s};
    return vendors;
}

Status store(Connection &connection, const Vendors &vendors, const Timestamp &now)
{
    for (const auto &[prefix, vendor] : vendors.asKeyValueRange()) {
        const auto stored = connection.execute(
            u"INSERT INTO oui_vendors (prefix, vendor, registry, updated_at) VALUES (?, ?, ?, ?) ON CONFLICT (prefix) "
            u"DO "
            "UPDATE SET vendor = excluded.vendor, registry = excluded.registry, updated_at = excluded.updated_at"_s,
            {prefix, vendor.name, vendor.registry, now.toDatabaseText()});
        if (!stored)
            return stored.error();
    }
    return settings::write(connection, u"oui.last_refreshed_at"_s, '"' + now.toJsonText().toLatin1() + '"');
}

} // namespace

OuiRefresh::OuiRefresh(Database &database, HttpClient &http, QThreadPool &workers, QByteArray url)
    : m_database(database)
    , m_http(http)
    , m_workers(workers)
    , m_url(std::move(url))
{
}

Task<Result<OuiRefreshAnswer>> OuiRefresh::refresh(std::shared_ptr<ClientPresence> client)
{
    HttpRequest request;
    request.url = Secret(m_url);
    request.timeout = 60s;
    request.maxBodyBytes = 32_MiB;
    auto response = co_await m_http.send(std::move(request), client);
    if (!response)
        co_return response.error();
    if (response->head.status != 200)
        co_return Error{ErrorCode::HttpClient, u"the IEEE's registry answered HTTP %1"_s.arg(response->head.status)};
    auto vendors = co_await onWorker(m_workers, [body = response->body] { return vendorsIn(body); });
    if (!vendors)
        co_return vendors.error();
    const OuiRefreshAnswer answer{.vendors = vendors->size(), .refreshedAt = Timestamp::now()};
    const Status stored = co_await m_database.run(
        [vendors = std::move(*vendors), now = answer.refreshedAt](Connection &c) { return store(c, vendors, now); });
    if (!stored)
        co_return stored.error();
    co_return OuiRefreshAnswer(answer);
}

} // namespace agent
