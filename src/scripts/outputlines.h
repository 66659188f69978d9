#pragma once

#include <QByteArray>
#include <QByteArrayList>
#include <QByteArrayView>

namespace agent {

/// Cuts a stream of bytes into lines of valid UTF-8, however it arrives. A line ends with `\n`, `\r\n` or a `\r` alone
/// (progress bars); one beyond `maxLine` bytes is cut between characters.
class OutputLines
{
public:
    explicit OutputLines(qsizetype maxLine)
        : m_maxLine(maxLine)
    {
    }

    /// The lines that are complete with these bytes.
    [[nodiscard]] QByteArrayList add(QByteArrayView bytes);
    /// What is left when nothing more comes: none or one line, more where it is cut.
    [[nodiscard]] QByteArrayList finish();

private:
    void endLine(QByteArrayList &lines);

    qsizetype m_maxLine;
    QByteArray m_begun;
    bool m_afterReturn = false; ///< a `\n` now belongs to the `\r` before it
};

} // namespace agent
