#include "exec/terminaltext.h"

#include <algorithm>

namespace agent {

namespace {

constexpr qsizetype kMaxParameters = 64;
/// A string sequence without an end: after so many characters it is taken for a stray byte, and text again.
constexpr int kMaxString = 4096;

bool isControl(QChar c) { return c < u' ' || (c >= u'\x7f' && c <= u'\x9f'); }
bool isFinal(QChar c) { return c >= u'@' && c <= u'~'; }

/// The number at `index` of "12;34"; `fallback` when absent.
int parameter(QStringView parameters, qsizetype index, int fallback)
{
    for (; index > 0; --index) {
        const qsizetype semicolon = parameters.indexOf(u';');
        if (semicolon < 0)
            return fallback;
        parameters = parameters.sliced(semicolon + 1);
    }
    const qsizetype semicolon = parameters.indexOf(u';');
    bool ok = false;
    const int number = (semicolon < 0 ? parameters : parameters.first(semicolon)).toInt(&ok);
    return ok ? number : fallback;
}

} // namespace

TerminalText::TerminalText(int columns)
    : m_columns(std::max(columns, 1))
{
}

void TerminalText::feed(const QByteArray &bytes)
{
    const QString decoded = QString::fromUtf8(m_utf8.feed(bytes));
    for (QStringView rest = decoded; !rest.isEmpty();) {
        if (const qsizetype run = takeRun(rest)) {
            rest = rest.sliced(run);
            continue;
        }
        take(rest.front());
        rest = rest.sliced(1);
    }
}

void TerminalText::clear()
{
    m_text.clear();
    m_lineStart = m_rowStart = m_cursor = 0;
    m_marker.reset();
}

void TerminalText::dropMarker(qsizetype start)
{
    const qsizetype from = m_lineStart + std::clamp<qsizetype>(start, 0, m_text.size() - m_lineStart);
    if (from < m_text.size())
        m_marker = Marker{from, m_text.size()};
}

/// The fast way for what most output is: printable characters at the end of the text.
qsizetype TerminalText::takeRun(QStringView text)
{
    if (m_state != State::Ground || m_marker || m_cursor != m_text.size())
        return 0;
    if (m_cursor - m_rowStart >= m_columns)
        m_rowStart = m_cursor;
    const qsizetype room = std::min(text.size(), m_rowStart + m_columns - m_cursor);
    qsizetype run = 0;
    while (run < room && !isControl(text[run]))
        ++run;
    m_text += text.first(run);
    m_cursor += run;
    return run;
}

void TerminalText::take(QChar c)
{
    if (c == u'\x18' || c == u'\x1a') { // CAN and SUB abort a sequence
        m_state = State::Ground;
        return;
    }
    switch (m_state) {
    case State::Ground:
        return takeGround(c);
    case State::Escape:
        m_state = State::Ground;
        if (c == u'[') {
            m_state = State::Control;
            m_parameters.clear();
        } else if (QStringView(u"]PX^_").contains(c)) {
            m_state = State::String;
            m_stringLength = 0;
        } else if (QStringView(u"()*+-./ #%").contains(c)) {
            m_state = State::Designation;
        } else if (c == u'\x1b') {
            m_state = State::Escape;
        }
        return;
    case State::Designation:
        m_state = State::Ground;
        return;
    case State::Control:
        if (isFinal(c)) {
            m_state = State::Ground;
            control(c);
        } else if (c == u'\x1b') {
            m_state = State::Escape;
        } else if (c < u' ') {
            takeGround(c); // carried out in the middle of a sequence (ECMA-48)
        } else if (m_parameters.size() < kMaxParameters) {
            m_parameters += c;
        }
        return;
    case State::String:
    case State::StringEscape:
        return takeInString(c);
    }
}

void TerminalText::takeInString(QChar c)
{
    if (m_state == State::StringEscape) {
        m_state = State::Ground;
        if (c != u'\\') { // not ST: another sequence has begun
            m_state = State::Escape;
            take(c);
        }
    } else if (c == u'\a' || ++m_stringLength > kMaxString) {
        m_state = State::Ground;
    } else if (c == u'\x1b') {
        m_state = State::StringEscape;
    }
}

void TerminalText::takeGround(QChar c)
{
    if (c == u'\x1b') {
        m_state = State::Escape;
    } else if (c == u'\n') {
        if (m_marker)
            return endMarker(true);
        endLine();
    } else if (c == u'\r') {
        moveTo(0);
    } else if (c == u'\b') {
        moveTo(m_cursor - m_rowStart - 1);
    } else if (c == u'\t' || !isControl(c)) {
        if (m_marker && c != u' ')
            endMarker(false);
        put(c);
    }
}

void TerminalText::put(QChar c)
{
    if (m_cursor - m_rowStart >= m_columns)
        m_rowStart = m_cursor;
    if (m_cursor == m_text.size())
        m_text += c;
    else
        m_text[m_cursor] = c;
    ++m_cursor;
}

void TerminalText::endLine()
{
    m_text += u'\n';
    m_lineStart = m_rowStart = m_cursor = m_text.size();
}

/// To a column of the row the cursor is in.
void TerminalText::moveTo(qsizetype column)
{
    m_cursor = m_rowStart + std::clamp<qsizetype>(column, 0, m_columns - 1);
    if (m_cursor > m_text.size())
        m_text.resize(m_cursor, u' ');
    if (m_marker)
        m_marker->isMoved = true;
    endMarkerIfErased();
}

void TerminalText::control(QChar final)
{
    const qsizetype column = m_cursor - m_rowStart;
    switch (final.unicode()) {
    case u'C':
        return moveTo(column + std::max(parameter(m_parameters, 0, 1), 1));
    case u'D':
        return moveTo(column - std::max(parameter(m_parameters, 0, 1), 1));
    case u'G':
        return moveTo(parameter(m_parameters, 0, 1) - 1);
    case u'H':
    case u'f':
        return moveTo(parameter(m_parameters, 1, 1) - 1);
    case u'J':
    case u'K':
        return eraseInLine(parameter(m_parameters, 0, 0));
    default:
        return; // colours, modes and the like leave no text
    }
}

void TerminalText::eraseInLine(int mode)
{
    if (mode == 1) {
        std::fill(m_text.begin() + m_rowStart, m_text.begin() + std::min(m_cursor + 1, m_text.size()), u' ');
    } else {
        if (mode != 0)
            m_cursor = m_rowStart;
        m_text.truncate(m_cursor);
    }
    if (m_marker && mode != 0)
        m_marker->isMoved = true;
    endMarkerIfErased();
}

void TerminalText::endMarkerIfErased()
{
    if (!m_marker || m_cursor > m_marker->start)
        return;
    if (m_marker->start < m_text.size()) {
        const QStringView rest = QStringView(m_text).sliced(m_marker->start);
        if (!std::all_of(rest.begin(), rest.end(), [](QChar c) { return c == u' '; }))
            return;
        m_text.truncate(m_marker->start);
    }
    m_marker.reset();
}

/// Text follows a marker that was not wiped, or is being written over it.
void TerminalText::endMarker(bool atLineEnd)
{
    const Marker marker = *m_marker;
    m_marker.reset();
    // Blanks that stand before the text, not those that wiped the marker.
    const qsizetype blanks =
        marker.isMoved ? m_cursor - marker.start : std::max<qsizetype>(m_text.size() - marker.end, 0);
    m_text.truncate(marker.start);
    m_rowStart = std::min(m_rowStart, marker.start);
    m_cursor = std::min(m_cursor, marker.start);
    if (atLineEnd) {
        if (marker.start > m_lineStart)
            endLine();
        return;
    }
    if (blanks > 0) {
        m_text.resize(marker.start + blanks, u' ');
        m_cursor = m_text.size();
    }
}

} // namespace agent
