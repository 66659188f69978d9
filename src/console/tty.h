#pragma once

#include "core/result.h"
#include "core/secret.h"

#include <QSize>
#include <QString>

namespace agent::console {

/// The terminal this program runs in, in raw mode while this object lives: every key goes through, nothing is echoed.
/// The former mode comes back with the object, and also when a fatal signal ends the program. At most one at a time.
class RawMode
{
public:
    /// Without a terminal on stdin it does nothing.
    RawMode();
    ~RawMode();
    RawMode(const RawMode &) = delete;
    RawMode &operator=(const RawMode &) = delete;
};

[[nodiscard]] bool stdinIsTerminal();
/// Columns and rows of the terminal; 80 x 24 where there is none.
[[nodiscard]] QSize terminalSize();
/// Asks on /dev/tty without echo. Blocks: for use while nothing else has to happen. Input on `interruptions` (see
/// SignalWatch) and a missing terminal are Errors.
[[nodiscard]] Result<Secret> askSecret(const QString &question, int interruptions);
/// Asks on /dev/tty for yes or no, with "no" for anything but `y` and `yes`. Blocks and fails as askSecret does.
[[nodiscard]] Result<bool> askYesNo(const QString &question, int interruptions);
/// Writes everything, waiting while the reader is slow. False when the reader is gone.
bool writeAll(int descriptor, QByteArrayView bytes);

} // namespace agent::console
