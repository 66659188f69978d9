#pragma once

#include "net/response.h"

#include <QByteArrayView>

namespace agent {

/// Whether a page of this `Origin` may read our answers (contract 01 section 8.3): the Terminal's own windows and
/// loopback pages on any port, compared byte for byte.
[[nodiscard]] bool isAllowedOrigin(QByteArrayView origin);

/// The answer to any OPTIONS request.
[[nodiscard]] Response preflightResponse();

/// Appends, as head lines, what every answer carries for a request of this origin (empty: it had none).
void appendCorsLines(QByteArray &head, QByteArrayView origin);

} // namespace agent
