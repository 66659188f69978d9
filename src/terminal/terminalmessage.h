#pragma once

#include "backend/terminalbackend.h"

#include <QByteArray>
#include <QByteArrayView>
#include <QString>
#include <QStringView>

#include <optional>
#include <variant>

namespace agent {

// Messages of /ws/terminal: one JSON object a text frame (contract 03 sections 2.2 and 2.3).

struct InputMessage
{
    QByteArray bytes; ///< UTF-8, to be written as they are
};
struct ResizeMessage
{
    TerminalSize size;
};
struct CloseMessage
{
};
using ClientMessage = std::variant<InputMessage, ResizeMessage, CloseMessage>;

/// Nothing for text that is no message: unknown type, wrong shape, no JSON. A size of zero is none.
[[nodiscard]] std::optional<ClientMessage> parseClientMessage(const QString &text);

/// `sessionId` null: an ad-hoc connection. `viaJump` empty: direct.
[[nodiscard]] QString connectedMessage(const QString &sessionId, const QString &viaJump);
[[nodiscard]] QString outputMessage(QByteArrayView text); ///< valid UTF-8
[[nodiscard]] QString errorMessage(QStringView text);
[[nodiscard]] QString closeMessage();
[[nodiscard]] QString disconnectedMessage(QStringView reason);

} // namespace agent
