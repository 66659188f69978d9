#include "topologies/partbody.h"

#include "api/body.h"

namespace agent {

bool isGiven(const JsonValue &body, std::string_view name)
{
    const JsonValue *value = body.IsObject() ? memberOf(body, name) : nullptr;
    return value && !value->IsNull();
}

Result<PartBody> PartBody::take(Request &request, std::span<const Alias> aliases, std::span<const char *const> asText)
{
    auto original = takeJsonBody(request);
    if (!original)
        return original.error();
    rapidjson::Document named;
    named.CopyFrom(original->root(), named.GetAllocator());
    if (named.IsObject()) {
        for (const auto &[alias, field] : aliases) {
            if (const auto member = named.FindMember(alias); member != named.MemberEnd() && !named.HasMember(field))
                member->name.SetString(rapidjson::StringRef(field));
        }
        for (const char *field : asText) {
            const auto member = named.FindMember(field);
            if (member == named.MemberEnd() || !(member->value.IsArray() || member->value.IsObject()))
                continue;
            const QByteArray text = toJsonText(member->value);
            member->value.SetString(text.constData(), rapidjson::SizeType(text.size()), named.GetAllocator());
        }
    }
    return PartBody(std::move(*original), std::move(named));
}

} // namespace agent
