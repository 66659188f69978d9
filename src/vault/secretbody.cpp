#include "vault/secretbody.h"

namespace agent {

using namespace Qt::StringLiterals;

Result<std::optional<Secret>> secretMember(const JsonValue &body, std::string_view name, std::size_t maxBytes)
{
    const QString field = QString::fromUtf8(name.data(), qsizetype(name.size()));
    const JsonValue *value = body.IsObject() ? memberOf(body, name) : nullptr;
    if (!value || value->IsNull())
        return std::optional<Secret>();
    if (!value->IsString())
        return Error{ErrorCode::WrongShape, u"field '%1' must be a string"_s.arg(field), field};
    if (value->GetStringLength() > maxBytes)
        return Error{ErrorCode::Validation, u"field '%1' is longer than %2 bytes"_s.arg(field).arg(maxBytes), field};
    return std::optional(Secret(QByteArrayView(value->GetString(), qsizetype(value->GetStringLength()))));
}

} // namespace agent
