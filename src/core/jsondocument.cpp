#include "core/jsondocument.h"

#include "core/jsonwriter.h"
#include "core/secret.h"

#include <rapidjson/error/en.h>

namespace agent {

using namespace Qt::StringLiterals;

namespace {

bool isTooDeep(QByteArrayView text)
{
    int depth = 0;
    bool inString = false;
    for (qsizetype i = 0; i < text.size(); ++i) {
        const char c = text[i];
        if (inString) {
            if (c == '\\')
                ++i;
            else if (c == '"')
                inString = false;
        } else if (c == '"') {
            inString = true;
        } else if (c == '{' || c == '[') {
            if (++depth > JsonDocument::kMaxDepth)
                return true;
        } else if (c == '}' || c == ']') {
            --depth;
        }
    }
    return false;
}

} // namespace

Result<JsonDocument> JsonDocument::parse(QByteArray text)
{
    if (isTooDeep(text))
        return Error{ErrorCode::BadRequest, u"the JSON is nested deeper than %1 levels"_s.arg(kMaxDepth)};
    // Checked as a whole: RapidJSON 1.1's own check reads past the end when a character is cut off there.
    if (!text.isValidUtf8())
        return Error{ErrorCode::BadRequest, u"the body is not valid JSON: it is not valid UTF-8"_s};
    JsonDocument result;
    result.m_text = std::move(text);
    result.m_document = std::make_unique<rapidjson::Document>();
    constexpr unsigned flags =
        rapidjson::kParseInsituFlag | rapidjson::kParseIterativeFlag | rapidjson::kParseFullPrecisionFlag;
    result.m_document->ParseInsitu<flags>(result.m_text.data());
    if (result.m_document->HasParseError()) {
        return Error{ErrorCode::BadRequest,
                     u"the body is not valid JSON: %1 (at byte %2)"_s.arg(
                         QString::fromLatin1(rapidjson::GetParseError_En(result.m_document->GetParseError())),
                         QString::number(result.m_document->GetErrorOffset()))};
    }
    return result;
}

JsonDocument::~JsonDocument() { wipe(m_text); }

const JsonValue *memberOf(const JsonValue &object, std::string_view name)
{
    const auto found =
        object.FindMember(JsonValue(rapidjson::StringRef(name.data(), rapidjson::SizeType(name.size()))));
    return found == object.MemberEnd() ? nullptr : &found->value;
}

QByteArray toJsonText(const JsonValue &value)
{
    JsonWriter writer;
    value.Accept(writer.handler());
    return writer.take();
}

} // namespace agent
