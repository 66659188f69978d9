#include "vault/secretjson.h"

#include "net/request.h"

#include <rapidjson/error/en.h>
#include <rapidjson/reader.h>
#include <rapidjson/writer.h>

#include <algorithm>
#include <cstring>

using namespace Qt::StringLiterals;

namespace agent {

namespace {

constexpr int kMaxDepth = 32;                          // of fields we ignore; our own objects have two levels
constexpr std::size_t kMaxFields = 64;                 // looked up one after another; the largest form has a dozen
constexpr std::size_t kMaxValues = 1024;               // each becomes a Secret of its own
constexpr qsizetype kMaxBody = qsizetype(1024) * 1024; // passwords and keys are small; the buffer is locked memory

bool isJson(const Request &request)
{
    const QByteArrayView value = request.headers.value(QHttpHeaders::WellKnownHeader::ContentType);
    const qsizetype end = value.indexOf(';');
    const QByteArrayView type = (end < 0 ? value : value.first(end)).trimmed();
    return type.compare("application/json", Qt::CaseInsensitive) == 0;
}

Error wrongShape(QByteArrayView name, const QString &what)
{
    const QString field = QString::fromUtf8(name);
    return {ErrorCode::WrongShape, QString(u"field '"_s + field + u"' "_s + what), field};
}

} // namespace

/// RapidJSON's event handler. Strings arrive as views into the buffer (in-situ parsing).
class SecretJson::Collector
{
public:
    explicit Collector(std::vector<Field> &fields)
        : m_fields(fields)
    {
    }

    [[nodiscard]] bool sawObject() const { return m_sawObject; }
    /// Why the parser was told to stop; empty when it was not.
    [[nodiscard]] QString limitHit() const
    {
        if (m_depth > kMaxDepth)
            return u"it is nested too deeply"_s;
        if (m_notText)
            return u"it holds half a surrogate pair"_s;
        return m_tooMany ? u"it has too many fields or values"_s : QString();
    }

    bool Null() { return value(Kind::Null); }
    bool Bool(bool) { return value(Kind::Other); }
    bool Int(int) { return value(Kind::Other); }
    bool Uint(unsigned) { return value(Kind::Other); }
    bool Int64(int64_t) { return value(Kind::Other); }
    bool Uint64(uint64_t) { return value(Kind::Other); }
    bool Double(double) { return value(Kind::Other); }
    bool RawNumber(const char *, rapidjson::SizeType, bool) { return value(Kind::Other); }
    bool String(const char *text, rapidjson::SizeType length, bool)
    {
        const QByteArrayView bytes(text, qsizetype(length));
        // RapidJSON decodes a low surrogate that stands alone into bytes that are no UTF-8: sealed, they would never
        // open again.
        m_notText = !bytes.isValidUtf8();
        return !m_notText && value(Kind::String, bytes);
    }
    bool Key(const char *text, rapidjson::SizeType length, bool)
    {
        return m_depth != 1 || !m_sawObject || beginField(QByteArrayView(text, qsizetype(length)));
    }
    bool StartObject()
    {
        if (m_depth == 0)
            m_sawObject = true;
        else
            value(Kind::Other);
        return ++m_depth <= kMaxDepth;
    }
    bool EndObject(rapidjson::SizeType)
    {
        --m_depth;
        return true;
    }
    bool StartArray()
    {
        value(m_depth == 1 ? Kind::Strings : Kind::Other);
        return ++m_depth <= kMaxDepth;
    }
    bool EndArray(rapidjson::SizeType)
    {
        --m_depth;
        return true;
    }

private:
    bool beginField(QByteArrayView name)
    {
        const auto known = std::ranges::find(m_fields, name, &Field::name);
        m_current = std::size_t(known - m_fields.begin());
        if (known == m_fields.end())
            m_fields.emplace_back();
        m_fields[m_current] = Field{.name = name, .kind = Kind::Other, .values = {}};
        m_tooMany = m_fields.size() > kMaxFields;
        return !m_tooMany;
    }

    bool value(Kind kind, QByteArrayView text = {})
    {
        if (!m_sawObject || m_depth == 0)
            return true; // the document is a bare value or an array
        Field &field = m_fields[m_current];
        if (m_depth == 1) {
            field.kind = kind;
            if (kind == Kind::String)
                field.values = {text};
        } else if (m_depth == 2 && field.kind == Kind::Strings) {
            if (kind == Kind::String)
                field.values.push_back(text);
            else
                field.kind = Kind::Other;
            m_tooMany = field.values.size() > kMaxValues;
        }
        return !m_tooMany;
    }

    std::vector<Field> &m_fields;
    std::size_t m_current = 0;
    int m_depth = 0;
    bool m_sawObject = false;
    bool m_tooMany = false;
    bool m_notText = false;
};

Result<SecretJson> SecretJson::parse(Secret text)
{
    SecretJson json;
    json.m_text = std::move(text);
    return json.m_text.fill([&](char *bytes, std::size_t size) -> Result<SecretJson> {
        // The parser takes NUL for the end, so one inside would hide what follows it.
        if (size == 0 || std::memchr(bytes, 0, size))
            return Error{ErrorCode::BadRequest, u"the body is not JSON"_s};
        // Checked as a whole: RapidJSON 1.1's own check reads past the end when a character is cut off there.
        if (!QByteArrayView(bytes, qsizetype(size)).isValidUtf8())
            return Error{ErrorCode::BadRequest, u"the body is not JSON: it is not valid UTF-8"_s};
        Collector collector(json.m_fields);
        rapidjson::InsituStringStream stream(bytes);
        rapidjson::Reader reader;
        // Iterative: depth costs no stack.
        constexpr unsigned kFlags = rapidjson::kParseInsituFlag | rapidjson::kParseIterativeFlag;
        if (const auto parsed = reader.Parse<kFlags>(stream, collector); parsed.IsError()) {
            if (const QString limit = collector.limitHit(); !limit.isEmpty())
                return Error{ErrorCode::BadRequest, QString(u"the body is not accepted: "_s + limit)};
            const QString reason = QString::fromLatin1(GetParseError_En(parsed.Code()));
            return Error{ErrorCode::BadRequest,
                         u"the body is not JSON (at byte %1): %2"_s.arg(parsed.Offset()).arg(reason)};
        }
        if (!collector.sawObject())
            return Error{ErrorCode::WrongShape, u"the body must be a JSON object"_s};
        return std::move(json);
    });
}

Result<SecretJson> SecretJson::takeBody(Request &request)
{
    Secret body = Secret::takeFrom(request.body);
    if (!isJson(request))
        return Error{ErrorCode::WrongContentType, u"the body must be of type application/json"_s};
    if (qsizetype(body.size()) > kMaxBody)
        return Error{ErrorCode::TooLarge, u"the body is larger than %1 bytes"_s.arg(kMaxBody)};
    return parse(std::move(body));
}

const SecretJson::Field *SecretJson::find(QByteArrayView name) const
{
    const auto field = std::ranges::find(m_fields, name, &Field::name);
    return field == m_fields.end() ? nullptr : &*field;
}

Result<std::optional<Secret>> SecretJson::string(QByteArrayView name) const
{
    const Field *field = find(name);
    if (!field || field->kind == Kind::Null)
        return std::optional<Secret>();
    if (field->kind != Kind::String)
        return wrongShape(name, u"must be a string"_s);
    return std::optional<Secret>(Secret(field->values.front()));
}

Result<Secret> SecretJson::requiredString(QByteArrayView name) const
{
    auto value = string(name);
    if (!value)
        return value.error();
    if (!*value)
        return wrongShape(name, u"is required and must be a string"_s);
    return std::move(**value);
}

Result<std::optional<std::vector<Secret>>> SecretJson::strings(QByteArrayView name) const
{
    using Values = std::optional<std::vector<Secret>>;
    const Field *field = find(name);
    if (!field || field->kind == Kind::Null)
        return Values();
    if (field->kind != Kind::Strings)
        return wrongShape(name, u"must be a list of strings"_s);
    Values values(std::in_place);
    values->reserve(field->values.size());
    for (const QByteArrayView value : field->values)
        values->emplace_back(value);
    return values;
}

namespace {

/// RapidJSON's output stream over a Secret that grows by moving on and wiping what it leaves.
class WipingStream
{
public:
    using Ch = char;

    void Put(char c)
    {
        if (m_size == m_bytes.size())
            grow();
        m_bytes.fill([&](char *bytes, std::size_t) { bytes[m_size] = c; });
        ++m_size;
    }
    void Flush() {}
    [[nodiscard]] Secret written() const
    {
        return m_bytes.reveal([this](QByteArrayView bytes) { return Secret(bytes.first(qsizetype(m_size))); });
    }

private:
    void grow()
    {
        Secret larger = Secret::ofSize(std::max<std::size_t>(256, 2 * m_size));
        m_bytes.reveal([&](QByteArrayView old) {
            larger.fill([&](char *bytes, std::size_t) { std::copy(old.begin(), old.end(), bytes); });
        });
        m_bytes = std::move(larger);
    }

    Secret m_bytes;
    std::size_t m_size = 0;
};

} // namespace

struct SecretJsonWriter::State
{
    WipingStream stream;
    rapidjson::Writer<WipingStream> writer{stream};

    void text(QByteArrayView bytes) { writer.String(bytes.data(), rapidjson::SizeType(bytes.size())); }
    void text(const Secret &secret)
    {
        secret.reveal([this](QByteArrayView bytes) { text(bytes); });
    }
};

SecretJsonWriter::SecretJsonWriter()
    : m_state(std::make_unique<State>())
{
    m_state->writer.StartObject();
}

SecretJsonWriter::~SecretJsonWriter() = default;

void SecretJsonWriter::add(QByteArrayView name, const std::optional<Secret> &value)
{
    m_state->text(name);
    if (value)
        m_state->text(*value);
    else
        m_state->writer.Null();
}

void SecretJsonWriter::add(QByteArrayView name, const std::optional<std::vector<Secret>> &values)
{
    m_state->text(name);
    if (!values) {
        m_state->writer.Null();
        return;
    }
    m_state->writer.StartArray();
    for (const Secret &value : *values)
        m_state->text(value);
    m_state->writer.EndArray();
}

Secret SecretJsonWriter::take()
{
    m_state->writer.EndObject();
    return m_state->stream.written();
}

} // namespace agent
