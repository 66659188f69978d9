#pragma once

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

    void key(std::string_view name) { m_writer.Key(name.data(), rapidjson::SizeType(name.size())); }
    void key(QStringView name) { string(name); } // RapidJSON writes keys and strings alike
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
        m_writer.String(m_scratch.data(), rapidjson::SizeType(end - m_scratch.data()));
    }
    /// The text must be valid UTF-8.
    void utf8(QByteArrayView text) { m_writer.String(text.data(), rapidjson::SizeType(text.size())); }
    /// Copies a complete JSON value as it is.
    void raw(QByteArrayView json) { m_writer.RawValue(json.data(), std::size_t(json.size()), rapidjson::kNullType); }

    // Convenience for hand-written bodies
    template <typename F>
    void member(std::string_view name, F &&writeValue)
    {
        key(name);
        writeValue();
    }

    /// The text, complete. The writer is spent afterwards.
    [[nodiscard]] QByteArray take() { return QByteArray(m_buffer.GetString(), qsizetype(m_buffer.GetSize())); }

    /// For RapidJSON values that write themselves.
    auto &handler() { return m_writer; }

private:
    rapidjson::StringBuffer m_buffer; // reserves for a whole string at once; a QByteArray would check at every byte
    rapidjson::Writer<rapidjson::StringBuffer> m_writer;
    QStringEncoder m_encoder{QStringEncoder::Utf8, QStringEncoder::Flag::Stateless};
    std::vector<char> m_scratch;
};

} // namespace agent
