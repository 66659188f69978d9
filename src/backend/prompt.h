#pragma once

#include <QString>
#include <QStringView>

namespace agent {

// What the end of a terminal's output asks for. Pure; the text is cut anywhere before, never within its last line.

/// Without the control sequences of ECMA-48: CSI ... final, OSC ... BEL or ST, and two-character escapes.
[[nodiscard]] QString withoutEscapes(QStringView text);

/// Whether `output`, without escapes and trailing blanks and line ends, ends in one of `> # $ % :`
/// (contract 03 section 2.5).
[[nodiscard]] bool endsInPrompt(QStringView output);

enum class LoginPrompt { None, Username, Password };

/// What of a login the last line of `output` asks for (contract 03 section 8): it ends in `username:`, `login:`,
/// `user:`, `user name:`, or in `password:`, `secret:`, in any case, escapes and trailing blanks aside. A line that
/// is over is no prompt, and neither is the "Last login:" of a Unix system.
[[nodiscard]] LoginPrompt loginPromptAt(QStringView output);

/// Whether `output` ends in a prompt of whoever is logged in: the cursor stands behind it, and it asks for no login.
[[nodiscard]] bool endsInPromptAfterLogin(QStringView output);

} // namespace agent
