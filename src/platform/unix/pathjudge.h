#pragma once

#include "platform/pathrules.h"
#include "platform/unix/pathwalk.h"

#include <QList>

#include <sys/stat.h>

namespace agent {

/// Path rules as they hold at this moment: with the places that links lead to, and with the files that are named.
/// One for each call of GuardedFiles, because links come and go.
class PathJudge
{
public:
    /// Blocks on the disk.
    explicit PathJudge(const PathRules &rules);

    /// Walks to `path` and judges where that is. @return InvalidPath when it is denied; otherwise the place, which may
    /// have an error.
    [[nodiscard]] Result<PathPlace> reach(const QString &path, LastLink lastLink) const;
    /// The same for a path that must not lead to a folder as such, and all of whose parents have to be there.
    [[nodiscard]] Result<PathPlace> reachEntry(const QString &path, LastLink lastLink) const;
    /// Judges what is open, too.
    [[nodiscard]] Status judgeHandle(const QString &path, int fd) const;
    [[nodiscard]] bool denyWithin(const PathPlace &place) const { return m_rules.denyWithin(place.path()); }

private:
    struct Identity
    {
        dev_t device;
        ino_t number;
    };

    PathRules m_rules;
    QList<Identity> m_files;
};

[[nodiscard]] Error deniedPath(const QString &path);
/// What `errno` says of a path that anything may lie at.
[[nodiscard]] Error pathError(const QString &path, int error);

} // namespace agent
