#include "platform/unix/pathjudge.h"

#include "platform/unix/filecalls.h"
#include "platform/unix/handlepath.h"

#include <algorithm>
#include <cstdlib>
#include <memory>

namespace agent {

using namespace Qt::StringLiterals;

namespace {

struct Free
{
    void operator()(char *text) const { std::free(text); }
};

/// Empty when there is nothing.
QByteArray canonicalOf(const QByteArray &path)
{
    const std::unique_ptr<char, Free> found(::realpath(path.constData(), nullptr));
    return found ? QByteArray(found.get()) : QByteArray();
}

/// `places`, and where links lead from them or from the folders that they are in.
QByteArrayList withCanonicalForms(const QByteArrayList &places)
{
    QByteArrayList all = places;
    for (const QByteArray &place : places) {
        const qsizetype slash = place.lastIndexOf('/');
        const QByteArray folder = canonicalOf(place.first(std::max(slash, qsizetype(1))));
        const QByteArray inFolder = (folder == "/" ? QByteArray() : folder) + place.sliced(slash);
        for (const QByteArray &form : {canonicalOf(place), folder.isEmpty() ? QByteArray() : inFolder}) {
            if (!form.isEmpty() && form != "/" && !all.contains(form))
                all.append(form);
        }
    }
    return all;
}

} // namespace

PathJudge::PathJudge(const PathRules &rules)
    : m_rules{.trees = withCanonicalForms(rules.trees),
              .prefixes = withCanonicalForms(rules.prefixes),
              .families = withCanonicalForms(rules.families)}
{
    QByteArrayList files = rules.prefixes + rules.families;
    for (const QByteArray &file : rules.families)
        files += {file + "-wal", file + "-shm", file + "-journal"};
    for (const QByteArray &file : files) {
        struct stat info;
        if (::stat(file.constData(), &info) == 0)
            m_files.append({info.st_dev, info.st_ino});
    }
}

Result<PathPlace> PathJudge::reach(const QString &path, LastLink lastLink) const
{
    auto names = namesOfPath(path);
    if (!names)
        return std::move(names).error();
    auto place = walkPath(*names, lastLink);
    if (!place)
        return place;
    if (place->rest.contains("..")) { // of a link that leads through what is not there
        place->error = place->error ? place->error : ENOENT;
        place->rest = {place->rest.first()};
    }
    if (m_rules.deny(place->path()))
        return deniedPath(path);
    return place;
}

Result<PathPlace> PathJudge::reachEntry(const QString &path, LastLink lastLink) const
{
    auto place = reach(path, lastLink);
    if (!place)
        return place;
    if (place->error != 0)
        return pathError(path, place->error);
    if (place->rest.isEmpty())
        return pathError(path, EISDIR);
    return place;
}

Status PathJudge::judgeHandle(const QString &path, int fd) const
{
    struct stat info;
    if (::fstat(fd, &info) != 0)
        return pathError(path, errno);
    const auto where = pathOfHandle(fd);
    if (!where)
        return where.error();
    const bool isNamed =
        std::ranges::any_of(m_files, [&](Identity f) { return f.device == info.st_dev && f.number == info.st_ino; });
    if (isNamed || m_rules.deny(*where))
        return deniedPath(path);
    return {};
}

Error deniedPath(const QString &path)
{
    return {.code = ErrorCode::InvalidPath, .message = u"'%1' is not for clients of the agent"_s.arg(path)};
}

Error pathError(const QString &path, int error)
{
    Error result = fileError(path, error);
    switch (error) {
    case EACCES:
    case EPERM:
    case EROFS:
        result.code = ErrorCode::AccessDenied;
        break;
    case ENOTEMPTY:
        result.code = ErrorCode::Conflict;
        break;
    case ENOTDIR:
    case EISDIR:
    case EXDEV:
    case EINVAL:
    case ENAMETOOLONG:
    case ELOOP:
        result.code = ErrorCode::Validation;
        break;
    case ENXIO: // a FIFO or socket
        result = {.code = ErrorCode::Validation, .message = u"'%1' is not a file"_s.arg(path)};
        break;
    default:
        break;
    }
    return result;
}

} // namespace agent
