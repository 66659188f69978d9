#include "ssh/sockshandshake.h"

#include "platform/sockets.h"

#include <algorithm>
#include <array>

namespace agent {

namespace {

constexpr qsizetype kMaxText = 255; ///< of a version 4 user id and name; version 5 counts in one byte

/// A name goes to the server as text: control characters, spaces and NUL are in none.
bool isHostText(const QByteArray &text)
{
    return !text.isEmpty() && std::ranges::all_of(text, [](char c) { return quint8(c) > 0x20 && c != 0x7f; });
}

QByteArray addressText(int family, QByteArrayView bytes)
{
    std::array<char, INET6_ADDRSTRLEN> text{};
    inet_ntop(family, bytes.data(), text.data(), text.size());
    return QByteArray(text.data());
}

} // namespace

void SocksHandshake::feed(QByteArrayView bytes)
{
    if (m_stage == Stage::Refused)
        return;
    m_input.append(bytes);
    while (m_stage == Stage::Reading && !m_input.isEmpty()) {
        if (m_version == 0) {
            m_version = at(0);
            if (m_version != 4 && m_version != 5)
                return refuse();
        }
        const bool isPartRead = m_version == 4 ? readVersion4() : m_isGreeted ? readRequest() : readGreeting();
        if (!isPartRead)
            return;
    }
}

bool SocksHandshake::readGreeting()
{
    if (m_input.size() < 2 || m_input.size() < 2 + at(1))
        return false;
    const qsizetype size = 2 + at(1);
    if (!m_input.sliced(2, size - 2).contains('\0')) {
        refuse(QByteArray("\x05\xff", 2)); // it insists on an authentication that we do not have
        return true;
    }
    m_input.remove(0, size);
    m_output += QByteArray("\x05\x00", 2);
    m_isGreeted = true;
    return true;
}

bool SocksHandshake::readRequest()
{
    if (at(0) != 5) {
        refuse();
        return true;
    }
    if (m_input.size() < 5)
        return false;
    if (at(1) != 1) {
        refuse(reply(Reply::BadCommand));
        return true;
    }
    qsizetype from = 4, length = 0;
    switch (at(3)) {
    case 1:
        length = 4;
        break;
    case 3:
        from = 5;
        length = at(4);
        break;
    case 4:
        length = 16;
        break;
    default:
        refuse(reply(Reply::BadAddressType));
        return true;
    }
    const qsizetype size = from + length + 2;
    if (m_input.size() < size)
        return false;
    const QByteArray address = m_input.sliced(from, length);
    const quint16 port = quint16(at(size - 2) << 8 | at(size - 1));
    const QByteArray host = at(3) == 3 ? address : addressText(at(3) == 1 ? AF_INET : AF_INET6, address);
    return complete(host, port, size);
}

bool SocksHandshake::readVersion4()
{
    constexpr qsizetype kHead = 8;
    if (m_input.size() >= 2 && at(1) != 1) {
        refuse(reply(Reply::BadCommand));
        return true;
    }
    if (m_input.size() < kHead)
        return false;
    const auto textAt = [this](qsizetype from) { // without its NUL; nothing while that is missing
        const qsizetype end = m_input.indexOf('\0', from);
        if ((end < 0 ? m_input.size() : end) - from > kMaxText)
            refuse(reply(Reply::Failed));
        return end < 0 || m_stage == Stage::Refused ? QByteArray() : m_input.sliced(from, end - from + 1);
    };
    const QByteArray user = textAt(kHead);
    if (user.isEmpty())
        return m_stage == Stage::Refused;
    const quint16 port = quint16(at(2) << 8 | at(3));
    const bool isNamed = at(4) == 0 && at(5) == 0 && at(6) == 0 && at(7) != 0; // 4a: the name follows the user id
    if (!isNamed)
        return complete(addressText(AF_INET, m_input.sliced(4, 4)), port, kHead + user.size());
    const QByteArray name = textAt(kHead + user.size());
    if (name.isEmpty())
        return m_stage == Stage::Refused;
    return complete(name.chopped(1), port, kHead + user.size() + name.size());
}

bool SocksHandshake::complete(const QByteArray &host, quint16 port, qsizetype used)
{
    if (!isHostText(host) || port == 0) {
        refuse(reply(Reply::Failed));
        return true;
    }
    m_host = QString::fromUtf8(host);
    m_port = port;
    m_input.remove(0, used);
    m_stage = Stage::Complete;
    return true;
}

void SocksHandshake::refuse(QByteArray lastWord)
{
    m_output += lastWord;
    m_input.clear();
    m_stage = Stage::Refused;
}

QByteArray SocksHandshake::reply(Reply reply) const
{
    if (m_version == 4)
        return QByteArray(1, '\0') + (reply == Reply::Granted ? '\x5a' : '\x5b') + QByteArray(6, '\0');
    return QByteArray("\x05", 1) + char(reply) + QByteArray("\x00\x01\x00\x00\x00\x00\x00\x00", 8);
}

} // namespace agent
