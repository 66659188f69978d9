#pragma once

#include <QByteArray>
#include <QByteArrayView>
#include <QList>
#include <QString>

namespace agent {

/// A line of `ls -lan`, as POSIX and BusyBox write it.
struct ShellListed
{
    QByteArray name;
    bool isLink = false;
    quint32 mode = 0; ///< with the file type
    quint64 size = 0;
    quint32 owner = 0;
};

/// Reads the output of `ls -lan`; what is no entry is left out, as are `.` and `..`. Times are not
/// read: the format has neither zone nor year.
[[nodiscard]] QList<ShellListed> readShellListing(QByteArrayView output);

/// The path as one word of a POSIX shell, never taken for an option.
[[nodiscard]] QByteArray shellWord(const QString &path);

} // namespace agent
