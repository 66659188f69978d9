#include "localfiles/localfiles.h"

namespace agent {

using namespace Qt::StringLiterals;

namespace {

constexpr int kWorkers = 4; ///< a file system that does not answer holds up so many
constexpr qint64 kGrowth = 1024 * 1024;

QByteArray bytesOf(const QString &path)
{
    return path.size() > 1 && path.endsWith(u'/') ? path.chopped(1).toUtf8() : path.toUtf8();
}

} // namespace

PathRules localFileRules(const PrivatePlaces &places)
{
    PathRules rules{.trees = {"/System", "/usr", "/bin", "/sbin", "/proc", "/dev", "/sys"},
                    .prefixes = {"/etc/passwd", "/etc/shadow", "/etc/sudoers"}};
    if (!places.home.isEmpty())
        rules.trees.append(bytesOf(places.home) + "/.ssh");
    if (!places.database.isEmpty())
        rules.families.append(bytesOf(places.database));
    if (!places.configFolder.isEmpty()) {
        for (const char *name : {"/localhost.key", "/remote.key", "/agent.lock"})
            rules.families.append(bytesOf(places.configFolder) + name);
    }
    return rules;
}

LocalFiles::LocalFiles(const PrivatePlaces &places, unsigned fileMask)
    : m_files(localFileRules(places), fileMask)
{
    m_pool.setMaxThreadCount(kWorkers);
}

LocalFiles::~LocalFiles() { m_isStopping = true; }

Result<QByteArray> LocalFiles::readText(const QString &path) const
{
    const auto tooLarge = [&] {
        return Error{ErrorCode::TooLarge, u"'%1' has more than %2 bytes"_s.arg(path).arg(kMaxText)};
    };
    const auto file = m_files.open(path);
    if (!file)
        return file.error();
    const auto size = (*file)->size();
    if (!size)
        return size.error();
    if (*size > kMaxText)
        return tooLarge();
    // One byte more than there should be: so its end is seen, unless the file is growing.
    QByteArray text;
    for (qint64 step = *size + 1;; step = kGrowth) {
        const auto part = (*file)->read(text.size(), step);
        if (!part)
            return part.error();
        text += *part;
        if (text.size() > kMaxText)
            return tooLarge();
        if (part->size() < step)
            break;
    }
    if (!text.isValidUtf8())
        return Error{ErrorCode::Validation, u"'%1' is not text in UTF-8"_s.arg(path)};
    return text;
}

Task<Result<QByteArray>> LocalFiles::text(QString path)
{
    return run<QByteArray>("FS_READ", [path = std::move(path)](const LocalFiles &room) { return room.readText(path); });
}

Error LocalFiles::inWord(Error error, const char *word)
{
    const bool isInput = error.code == ErrorCode::InvalidPath || error.code == ErrorCode::Validation;
    if (isInput && error.field.isEmpty())
        error.field = u"path"_s;
    switch (error.code) {
    case ErrorCode::InvalidPath: // by our rules, not by the system's
        error.code = ErrorCode::AccessDenied;
        error.word = "FS_PATH_DENIED";
        break;
    case ErrorCode::BadRequest: // the body, not the file
    case ErrorCode::WrongShape:
    case ErrorCode::WrongContentType:
    case ErrorCode::Unavailable:
        break;
    default:
        if (!error.word)
            error.word = word;
        break;
    }
    return error;
}

} // namespace agent
