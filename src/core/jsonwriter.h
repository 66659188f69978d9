#pragma once

#include "core/jsonescape.h"

#include <QByteArray>
#include <QByteArrayView>
#include <QString>
#include <QStringEncoder>

#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

#include <cmath>
#include <vector>

namespace agent {

/// Writes JSON straight to bytes (compact, UTF-8). A thin face of RapidJSON's writer that knows Qt's strings.
class JsonWriter
{
public:
    JsonWriter()
        : m_writer(m_buffer)
    {
    }
    JsonWriter(const JsonWriter &) = delete;
    JsonWriter &operator=(const JsonWriter &) = delete;

    void beginObject() { m_writer.StartObject(); }
    void endObject() { m_writer.EndObject(); }
    void beginArray() { m_writer.StartArray(); }
    void endArray() { m_writer.EndArray(); }

    void key(std::string_view name) { m_writer.text(name); } // RapidJSON writes keys and strings alike
    void key(QStringView name) { string(name); }
    void null() { m_writer.Null(); }
    void boolean(bool value) { m_writer.Bool(value); }
    void integer(qint64 value) { m_writer.Int64(value); }
    void unsignedInteger(quint64 value) { m_writer.Uint64(value); }
    /// Infinities and NaN, which JSON cannot say, become null.
    void number(double value)
    {
        if (std::isfinite(value))
            m_writer.Double(value);
        else
            m_writer.Null();
    }
    void string(QStringView text)
    {
        const qsizetype room = m_encoder.requiredSpace(text.size());
        if (qsizetype(m_scratch.size()) < room)
            m_scratch.resize(std::size_t(room));
        m_encoder.resetState();
        const char *end = m_encoder.appendToBuffer(m_scratch.data(), text);
        m_writer.text({m_scratch.data(), std::size_t(end - m_scratch.data())});
    }
    /// The text must be valid UTF-8.
    void utf8(QByteArrayView text) { m_writer.text({text.data(), std::size_t(text.size())}); }
    /// Copies a complete JSON value as it is.
    void raw(QByteArrayView json) { m_writer.RawValue(json.data(), std::size_t(json.size()), rapidjson::kNullType); }

    /// The text, complete. The writer is spent afterwards.
    [[nodiscard]] QByteArray take() { return QByteArray(m_buffer.GetString(), qsizetype(m_buffer.GetSize())); }

    /// For RapidJSON values that write themselves.
    auto &handler() { return m_writer; }

private:
    /// RapidJSON's writer looks at every byte of a string; most strings can be copied as they are.
    class Writer : public rapidjson::Writer<rapidjson::StringBuffer>
    {
    public:
        using rapidjson::Writer<rapidjson::StringBuffer>::Writer;

        void text(std::string_view utf8)
        {
            const char *end = utf8.data() + utf8.size();
            if (nextJsonEscape(utf8.data(), end) != end) {
                String(utf8.data(), rapidjson::SizeType(utf8.size()));
                return;
            }
            Prefix(rapidjson::kStringType);
            char *at = os_->Push(utf8.size() + 2);
            *at++ = '"';
            at = std::copy(utf8.data(), end, at);
            *at = '"';
            EndValue(true);
        }
    };

    rapidjson::StringBuffer m_buffer; // reserves for a whole string at once; a QByteArray would check at every byte
    Writer m_writer;
    QStringEncoder m_encoder{QStringEncoder::Utf8, QStringEncoder::Flag::Stateless};
    std::vector<char> m_scratch;
};

} // namespace agent
