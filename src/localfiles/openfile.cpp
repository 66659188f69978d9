#include "localfiles/openfile.h"

#include "core/schema.h"
#include "localfiles/localfiles.h"

#include <algorithm>

namespace agent {

using namespace Qt::StringLiterals;

namespace {

/// What the Terminal reads.
struct OpenRequest
{
    QString path;
    std::optional<quint32> line;
};

Error invalid(const QString &field, const QString &what)
{
    return {.code = ErrorCode::Validation,
            .message = u"field '%1' %2"_s.arg(field, what),
            .field = field,
            .word = "INVALID_PATH"};
}

bool hasControl(const QString &text)
{
    return std::ranges::any_of(text, [](QChar c) { return c.category() == QChar::Other_Control; });
}

Status check(const OpenFileOrder &order)
{
    const QString root = u"workspace_root"_s;
    if (order.workspaceRoot.trimmed().isEmpty())
        return invalid(root, u"must not be empty"_s);
    if (hasControl(order.workspaceRoot))
        return invalid(root, u"must not contain control characters"_s);
    if (const auto names = namesOfPath(order.workspaceRoot); !names)
        return invalid(root, u"cannot be used: "_s + names.error().message);
    if (hasControl(order.path))
        return invalid(u"path"_s, u"must not contain control characters"_s);
    return {};
}

} // namespace

/// Without a name: it stands in a file and not in the API document.
template <>
struct Schema<OpenRequest>
{
    static constexpr auto fields = std::tuple{
        field("path", &OpenRequest::path),
        field("line", &OpenRequest::line),
    };
};

Status orderOpenFile(const LocalFiles &files, const OpenFileOrder &order)
{
    if (Status sound = check(order); !sound)
        return sound;
    const QString root = order.workspaceRoot.endsWith(u'/') ? order.workspaceRoot : order.workspaceRoot + u'/';
    const auto isThere = files.files().exists(root); // a mistyped workspace is not made
    if (!isThere)
        return Error{isThere.error().code, isThere.error().message, u"workspace_root"_s};
    Status written = *isThere ? files.files().write(root + u".netstacks/open-request.json"_s,
                                                    encode(OpenRequest{.path = order.path, .line = order.line}),
                                                    GuardedFiles::Parents::Create)
                              : Status(Error{ErrorCode::Io, u"there is no workspace '%1'"_s.arg(order.workspaceRoot)});
    if (written)
        return {};
    if (written.error().code == ErrorCode::InvalidPath)
        return Error{ErrorCode::InvalidPath, written.error().message, u"workspace_root"_s};
    return Error{ErrorCode::Io, written.error().message};
}

} // namespace agent
