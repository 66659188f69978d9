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

bool unwrap(const QByteArray &json, const std::function<bool(const JsonValue &)> &takes)
{
    constexpr int kMaxTexts = 3; // a text in a text in a text: nobody means that
    QByteArray text = json;
    for (int i = 0; i < kMaxTexts; ++i) {
        const auto document = JsonDocument::parse(QByteArray(text.constData(), text.size())); // is parsed in place
        if (!document)
            return false;
        const JsonValue *value = &document->root();
        // Only a wrapping has this shape: a model would find none of its fields in it, and be content.
        while (value->IsObject() && value->MemberCount() == 1 && memberOf(*value, "value"))
            value = memberOf(*value, "value");
        if (takes(*value))
            return true;
        if (value->IsObject())
            value = memberOf(*value, "value");
        if (!value || !value->IsString())
            return value && takes(*value);
        text = QByteArray(value->GetString(), qsizetype(value->GetStringLength()));
    }
    return false;
}

} // namespace agent::settings
