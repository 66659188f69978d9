#include "console/escapefilter.h"

namespace agent::console {

EscapeFilter::Typed EscapeFilter::feed(const QString &typed)
{
    Typed out;
    for (const QChar c : typed) {
        if (m_state == State::LineStart && c == u'~') {
            m_state = State::AfterTilde; // held back until the next key tells what it means
            continue;
        }
        if (m_state == State::AfterTilde) {
            if (c == u'.') {
                out.wantsEnd = true;
                return out;
            }
            out.text += u'~';
            m_state = State::InLine;
            if (c == u'~')
                continue;
        }
        out.text += c;
        m_state = c == u'\r' || c == u'\n' ? State::LineStart : State::InLine;
    }
    return out;
}

} // namespace agent::console
