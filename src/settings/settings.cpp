#include "settings/settings.h"

#include "core/jsondocument.h"
#include "core/timestamp.h"
#include "storage/connection.h"

namespace agent::settings {

using namespace Qt::StringLiterals;

Result<std::optional<QByteArray>> read(Connection &connection, const QString &key)
{
    auto value = connection.value(u"SELECT value FROM settings WHERE key = ?"_s, {key});
    if (!value)
        return value.error();
    if (!value->isValid())
        return std::optional<QByteArray>();
    const QByteArray text = value->toString().toUtf8();
    auto document = JsonDocument::parse(text);
    if (!document)
        return Error{ErrorCode::Database, u"setting '%1' holds text that is not JSON"_s.arg(key)};
    return std::optional<QByteArray>(toJsonText(document->root()));
}

Status write(Connection &connection, const QString &key, const QByteArray &json)
{
    auto written = connection.execute(u"INSERT INTO settings (key, value, updated_at) VALUES (?, ?, ?) ON CONFLICT "
                                      "(key) DO UPDATE SET value = excluded.value, updated_at = excluded.updated_at"_s,
                                      {key, QString::fromUtf8(json), Timestamp::now().toDatabaseText()});
    return written ? Status() : Status(written.error());
}

Status remove(Connection &connection, const QString &key)
{
    auto removed = connection.execute(u"DELETE FROM settings WHERE key = ?"_s, {key});
    return removed ? Status() : Status(removed.error());
}

} // namespace agent::settings
