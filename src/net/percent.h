#pragma once

#include <QByteArrayView>
#include <QList>
#include <QString>

#include <optional>
#include <utility>

namespace agent {

using FormPairs = QList<std::pair<QString, QString>>;

/// Decodes `%XX` (RFC 3986 section 2.1). Empty when an escape is malformed, or the result is not UTF-8 or holds a NUL.
[[nodiscard]] std::optional<QString> percentDecoded(QByteArrayView text);

/// Reads `application/x-www-form-urlencoded` text, `+` being a space. Empty when a pair is malformed as above, or
/// there are more than 256 of them (each costs an allocation, and no route takes a tenth of that).
[[nodiscard]] std::optional<FormPairs> parseForm(QByteArrayView text);

} // namespace agent
