#pragma once

namespace agent {

/// A terminal's size in characters.
struct TerminalSize
{
    int columns = 80;
    int rows = 24;
    friend bool operator==(const TerminalSize &, const TerminalSize &) = default;
};

} // namespace agent
