#pragma once

#include "lookups/lookupanswers.h"

#include <QStringView>

namespace agent {

/// What a WHOIS answer says, whatever registry's words it uses. The text is foreign: any bytes are taken. Pure
/// functions.
namespace whoistext {

/// The bytes as text: UTF-8, or Latin-1 where they are none (some registries still write that).
[[nodiscard]] QString decoded(const QByteArray &bytes);

/// Of several blocks that hold an address, the smallest one speaks; what it leaves out, the first that says it.
[[nodiscard]] WhoisSummary summaryOf(QStringView text);

/// Name, description and country of an autonomous system.
[[nodiscard]] AsnAnswer systemOf(quint32 number, QStringView text);

/// The AS that originates an address, by `origin:` or `OriginAS:`.
[[nodiscard]] std::optional<quint32> originOf(QStringView text);

/// The line "15169 | 8.8.8.8 | GOOGLE, US" of the Cymru service; nothing when it knows none.
[[nodiscard]] std::optional<AsnAnswer> cymruOriginOf(QStringView text);

/// The server that the answer refers to.
struct Referral
{
    QString host;
    quint16 port = 43;
};
[[nodiscard]] std::optional<Referral> referralOf(QStringView text);

} // namespace whoistext

} // namespace agent
