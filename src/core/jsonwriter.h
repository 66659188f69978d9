#pragma once

#include "core/jsonescape.h"

#include <QByteArray>
#include <QByteArrayView>
#include <QString>
#include <QStringEncoder>

#include <rapidjson/writer.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <utility>
#include <vector>

namespace agent {

/// RapidJSON's output stream over a QByteArray: it reserves for a whole string at once, and `take` copies nothing.
class JsonBuffer
{
public:
    using Ch = char;

    void Put(char c)
    {
        if (m_at == m_end)
            grow(1);
        *m_at++ = c;
    }
    void Flush() {}
    /// Room for `count` bytes that the caller writes.
    char *push(std::size_t count)
    {
        if (std::size_t(m_end - m_at) < count)
            grow(qsizetype(count));
        return std::exchange(m_at, m_at + count);
    }
    [[nodiscard]] QByteArrayView written() const { return {m_bytes.constData(), size()}; }
    [[nodiscard]] QByteArray take()
    {
        m_bytes.truncate(size());
        m_at = m_end = nullptr;
        return std::exchange(m_bytes, {});
    }

private:
    [[nodiscard]] qsizetype size() const { return m_at ? m_at - m_bytes.constData() : 0; }
    void grow(qsizetype count)
    {
        constexpr qsizetype kSmallest = 256;
        const qsizetype used = size();
        m_bytes.resizeForOverwrite(std::max({used + count, m_bytes.size() * 2, kSmallest}));
        m_at = m_bytes.data() + used;
        m_end = m_bytes.data() + m_bytes.size();
    }

    QByteArray m_bytes; // longer than what is written
    char *m_at = nullptr;
    char *m_end = nullptr;
};

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

    /// A name of our own, with nothing in it to escape. RapidJSON writes keys and strings alike.
    void key(std::string_view name) { m_writer.plainText(name); }
    void key(QStringView name) { string(name); }
    void null() { m_writer.literal("null", rapidjson::kNullType); }
    void boolean(bool value)
    {
        if (value)
            m_writer.literal("true", rapidjson::kTrueType);
        else
            m_writer.literal("false", rapidjson::kFalseType);
    }
    void integer(qint64 value)
    {
        std::array<char, 20> digits;
        const auto end = std::to_chars(digits.begin(), digits.end(), value).ptr;
        m_writer.literal({digits.data(), std::size_t(end - digits.data())}, rapidjson::kNumberType);
    }
    void unsignedInteger(quint64 value) { m_writer.Uint64(value); }
    /// Infinities and NaN, which JSON cannot say, become null.
    void number(double value)
    {
        if (std::isfinite(value))
            m_writer.Double(value);
        else
            null();
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

    /// What is written so far; valid until the next call.
    [[nodiscard]] QByteArrayView written() const { return m_buffer.written(); }
    /// The text, complete. The writer is spent afterwards.
    [[nodiscard]] QByteArray take() { return m_buffer.take(); }

    /// For RapidJSON values that write themselves.
    auto &handler() { return m_writer; }

private:
    /// RapidJSON's writer goes byte by byte; nearly everything can be copied as it is.
    class Writer : public rapidjson::Writer<JsonBuffer>
    {
    public:
        using rapidjson::Writer<JsonBuffer>::Writer;

        void text(std::string_view utf8)
        {
            const char *end = utf8.data() + utf8.size();
            if (nextJsonEscape(utf8.data(), end) == end)
                plainText(utf8);
            else
                String(utf8.data(), rapidjson::SizeType(utf8.size()));
        }

        void literal(std::string_view json, rapidjson::Type type)
        {
            Prefix(type);
            std::ranges::copy(json, os_->push(json.size()));
            EndValue(true);
        }

        void plainText(std::string_view utf8)
        {
            Prefix(rapidjson::kStringType);
            char *at = os_->push(utf8.size() + 2);
            *at++ = '"';
            at = std::copy(utf8.begin(), utf8.end(), at);
            *at = '"';
            EndValue(true);
        }
    };

    JsonBuffer m_buffer;
    Writer m_writer;
    QStringEncoder m_encoder{QStringEncoder::Utf8, QStringEncoder::Flag::Stateless};
    std::vector<char> m_scratch;
};

} // namespace agent
