#pragma once

#include "terminal/utf8stream.h"

#include <QString>

#include <optional>

namespace agent {

/// The plain text that a stream of terminal output leaves on a screen, line by line: escape sequences are taken out;
/// carriage returns, backspaces and erasures are carried out within their line, so that a redrawn line, a progress bar
/// or a wiped pager marker reads as a person saw it last. Where the stream is cut makes no difference to the text.
class TerminalText
{
public:
    /// `columns`: the terminal's width, at which a line goes on in the next row.
    explicit TerminalText(int columns);

    void feed(const QByteArray &bytes);

    /// Everything since the last `clear`, lines ended by `\n`.
    [[nodiscard]] QStringView text() const { return m_text; }
    /// Its complete lines.
    [[nodiscard]] QStringView lines() const { return QStringView(m_text).first(m_lineStart); }
    /// The line that has no end yet: where a prompt stands.
    [[nodiscard]] QStringView openLine() const { return QStringView(m_text).sliced(m_lineStart); }
    void clear();

    /// What stands in the open line from `start` on is a pager's marker, which is about to be answered. It goes, and so
    /// does what the far side sends to wipe it from the screen; text that follows is kept to the blank.
    void dropMarker(qsizetype start);

private:
    enum class State {
        Ground,
        Escape,
        Designation, ///< of a character set: one more character
        Control,     ///< CSI: parameters, then a final character
        String,      ///< OSC, DCS and the like, up to BEL or ST
        StringEscape,
    };
    struct Marker
    {
        qsizetype start; ///< into m_text
        qsizetype end;
        bool isMoved = false; ///< the cursor has left the marker's end
    };

    void take(QChar c);
    void takeInString(QChar c);
    void takeGround(QChar c);
    qsizetype takeRun(QStringView text);
    void put(QChar c);
    void endLine();
    void moveTo(qsizetype column);
    void control(QChar final);
    void eraseInLine(int mode);
    void endMarker(bool atLineEnd);
    void endMarkerIfErased();

    const int m_columns;
    QString m_text;
    qsizetype m_lineStart = 0;
    qsizetype m_rowStart = 0; ///< a long line takes several rows
    qsizetype m_cursor = 0;   ///< never beyond the end of m_text
    State m_state = State::Ground;
    QString m_parameters;
    int m_stringLength = 0;
    std::optional<Marker> m_marker;
    Utf8Stream m_utf8;
};

} // namespace agent
