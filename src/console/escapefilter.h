#pragma once

#include <QString>

namespace agent::console {

/// Finds `~.` at the start of a line in what a person types, as ssh does: `~.` ends, `~~` is one `~`, a `~` before
/// anything else is itself. A line starts after `\r` or `\n` and at the very beginning.
class EscapeFilter
{
public:
    struct Typed
    {
        QString text; ///< to be sent
        bool wantsEnd = false;
    };
    Typed feed(const QString &typed);

private:
    enum class State { LineStart, AfterTilde, InLine };
    State m_state = State::LineStart;
};

} // namespace agent::console
