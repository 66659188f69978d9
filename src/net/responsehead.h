#pragma once

#include "net/response.h"

#include <QByteArray>

#include <optional>

namespace agent {

/// What of a request decides about the form of its answer.
struct AnswerForm
{
    QByteArray origin = {}; ///< for the CORS fields; empty when the request had none
    bool isHead = false;    ///< the answer has no body, but the fields of one
    bool keepsAlive = true; ///< else `Connection: close`
    int minorVersion = 1;   ///< no chunks for an HTTP/1.0 client: there the body ends with the connection
};

/// Status line and fields of an answer, with the empty line. `bodySize` empty: of unknown length.
[[nodiscard]] QByteArray serializeHead(const Response &response, const AnswerForm &form,
                                       std::optional<qint64> bodySize);

} // namespace agent
