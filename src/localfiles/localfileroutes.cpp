#include "localfiles/localfileroutes.h"

#include "api/body.h"
#include "localfiles/binaryread.h"
#include "localfiles/localfiles.h"
#include "localfiles/openfile.h"
#include "net/router.h"

namespace agent {

using namespace Qt::StringLiterals;

namespace {

struct PathBody
{
    QString path;
};
struct WriteBody
{
    QString path;
    Utf8Text content;
};
struct BinaryBody
{
    QString path;
    Utf8Text contentBase64;
};
struct DeleteBody
{
    QString path;
    bool isDir = false;
};
struct RenameBody
{
    QString from;
    QString to;
};
struct TextAnswer
{
    Utf8Text content;
    QString path;
};
struct BinaryAnswer
{
    Utf8Text contentBase64;
    qint64 size = 0;
    QString path;
};
struct WriteAnswer
{
    bool success = true;
    QString path;
    qint64 bytes = 0;
};
struct FolderAnswer
{
    bool success = true;
    QString path;
};
struct DoneAnswer
{
    bool success = true;
};
struct ExistsAnswer
{
    bool exists = false;
};
struct ListedFile
{
    QString name;
    QString path;
    bool isDir = false;
    qint64 size = 0;
    std::optional<qint64> modified;
};
struct ListAnswer
{
    QList<ListedFile> entries;
    QString path;
    bool truncated = false;
};

} // namespace

template <>
struct Schema<PathBody>
{
    static constexpr const char *name = "LocalPath";
    static constexpr auto fields = std::tuple{field("path", &PathBody::path, FieldFlag::Required)};
};
template <>
struct Schema<WriteBody>
{
    static constexpr const char *name = "LocalText";
    static constexpr auto fields = std::tuple{
        field("path", &WriteBody::path, FieldFlag::Required),
        field("content", &WriteBody::content, FieldFlag::Required),
    };
};
template <>
struct Schema<BinaryBody>
{
    static constexpr const char *name = "LocalBytes";
    static constexpr auto fields = std::tuple{
        field("path", &BinaryBody::path, FieldFlag::Required),
        field("content_base64", &BinaryBody::contentBase64, FieldFlag::Required),
    };
};
template <>
struct Schema<DeleteBody>
{
    static constexpr const char *name = "LocalDelete";
    static constexpr auto fields = std::tuple{
        field("path", &DeleteBody::path, FieldFlag::Required),
        field("is_dir", &DeleteBody::isDir, FieldFlag::Required),
    };
};
template <>
struct Schema<RenameBody>
{
    static constexpr const char *name = "LocalRename";
    static constexpr auto fields = std::tuple{
        field("from", &RenameBody::from, FieldFlag::Required),
        field("to", &RenameBody::to, FieldFlag::Required),
    };
};
template <>
struct Schema<OpenFileOrder>
{
    static constexpr const char *name = "WorkspaceOpenFile";
    static constexpr auto fields = std::tuple{
        field("workspace_root", &OpenFileOrder::workspaceRoot, FieldFlag::Required),
        field("path", &OpenFileOrder::path, FieldFlag::Required),
        field("line", &OpenFileOrder::line),
    };
};
template <>
struct Schema<TextAnswer>
{
    static constexpr const char *name = "LocalFileText";
    static constexpr auto fields = std::tuple{field("content", &TextAnswer::content), field("path", &TextAnswer::path)};
};
template <>
struct Schema<BinaryAnswer>
{
    static constexpr const char *name = "LocalFileBytes";
    static constexpr auto fields = std::tuple{
        field("content_base64", &BinaryAnswer::contentBase64),
        field("size", &BinaryAnswer::size),
        field("path", &BinaryAnswer::path),
    };
};
template <>
struct Schema<WriteAnswer>
{
    static constexpr const char *name = "LocalFileWritten";
    static constexpr auto fields = std::tuple{
        field("success", &WriteAnswer::success),
        field("path", &WriteAnswer::path),
        field("bytes", &WriteAnswer::bytes),
    };
};
template <>
struct Schema<FolderAnswer>
{
    static constexpr const char *name = "LocalFolderMade";
    static constexpr auto fields =
        std::tuple{field("success", &FolderAnswer::success), field("path", &FolderAnswer::path)};
};
template <>
struct Schema<DoneAnswer>
{
    static constexpr const char *name = "LocalDone";
    static constexpr auto fields = std::tuple{field("success", &DoneAnswer::success)};
};
template <>
struct Schema<ExistsAnswer>
{
    static constexpr const char *name = "LocalExists";
    static constexpr auto fields = std::tuple{field("exists", &ExistsAnswer::exists)};
};
template <>
struct Schema<ListedFile>
{
    static constexpr const char *name = "LocalEntry";
    static constexpr auto fields = std::tuple{
        field("name", &ListedFile::name), field("path", &ListedFile::path),         field("is_dir", &ListedFile::isDir),
        field("size", &ListedFile::size), field("modified", &ListedFile::modified),
    };
};
template <>
struct Schema<ListAnswer>
{
    static constexpr const char *name = "LocalListing";
    static constexpr auto fields = std::tuple{
        field("entries", &ListAnswer::entries),
        field("path", &ListAnswer::path),
        field("truncated", &ListAnswer::truncated),
    };
};

namespace {

Result<TextAnswer> readText(const LocalFiles &files, const PathBody &body)
{
    auto text = files.readText(body.path);
    if (!text)
        return text.error();
    return TextAnswer{.content = {std::move(*text)}, .path = body.path};
}

Result<WriteAnswer> writeText(const LocalFiles &files, const WriteBody &body)
{
    const Status written = files.files().write(body.path, body.content.bytes, GuardedFiles::Parents::MustExist);
    if (!written)
        return written.error();
    return WriteAnswer{.path = body.path, .bytes = body.content.bytes.size()};
}

Result<WriteAnswer> writeBytes(const LocalFiles &files, const BinaryBody &body)
{
    const QByteArray bytes = QByteArray::fromBase64(body.contentBase64.bytes);
    // There is one way to write a content: with the standard alphabet, padded, without line breaks.
    if (bytes.toBase64() != body.contentBase64.bytes)
        return Error{.code = ErrorCode::Validation,
                     .message = u"field 'content_base64' must be base64"_s,
                     .field = u"content_base64"_s,
                     .word = "INVALID_INPUT"};
    const Status written = files.files().write(body.path, bytes, GuardedFiles::Parents::Create);
    if (!written)
        return written.error();
    return WriteAnswer{.path = body.path, .bytes = bytes.size()};
}

Result<ListAnswer> list(const LocalFiles &files, const PathBody &body)
{
    auto listing = files.files().list(body.path, LocalFiles::kMaxEntries);
    if (!listing)
        return listing.error();
    // As the client asked, whatever links are on the way: it keys its tree by that.
    QString folder = body.path;
    while (folder.endsWith(u'/'))
        folder.chop(1);
    ListAnswer answer{.path = body.path, .truncated = listing->isCut};
    answer.entries.reserve(listing->entries.size());
    for (const GuardedFiles::Entry &entry : std::as_const(listing->entries))
        answer.entries.append({.name = entry.name,
                               .path = folder + u'/' + entry.name,
                               .isDir = entry.isFolder,
                               .size = entry.size,
                               .modified = entry.modified});
    return answer;
}

Result<FolderAnswer> makeFolder(const LocalFiles &files, const PathBody &body)
{
    const Status made = files.files().makeFolder(body.path);
    if (!made)
        return made.error();
    return FolderAnswer{.path = body.path};
}

Result<DoneAnswer> remove(const LocalFiles &files, const DeleteBody &body)
{
    const auto removal = body.isDir ? GuardedFiles::Removal::Tree : GuardedFiles::Removal::File;
    const Status removed = files.files().remove(body.path, removal, files.isStopping());
    if (!removed)
        return removed.error();
    return DoneAnswer();
}

Result<DoneAnswer> rename(const LocalFiles &files, const RenameBody &body)
{
    const Status renamed = files.files().rename(body.from, body.to);
    if (!renamed)
        return renamed.error();
    return DoneAnswer();
}

Result<ExistsAnswer> exists(const LocalFiles &files, const PathBody &body)
{
    const auto isThere = files.files().exists(body.path);
    if (!isThere)
        return isThere.error();
    return ExistsAnswer{.exists = *isThere};
}

Result<DoneAnswer> openFile(const LocalFiles &files, const OpenFileOrder &order)
{
    const Status ordered = orderOpenFile(files, order);
    if (!ordered)
        return ordered.error();
    return DoneAnswer();
}

/// Decodes the body, works and encodes the answer, all on a worker: each may be large.
template <Described Body, Described Answer>
Task<Response> answer(LocalFiles &files, const char *word, Result<Answer> (*work)(const LocalFiles &, const Body &),
                      Request request)
{
    auto job = [work, part = takeForWorker(request)](const LocalFiles &room) mutable -> Result<QByteArray> {
        const auto body = decodeBody<Body>(part);
        if (!body)
            return body.error();
        const auto done = work(room, *body);
        if (!done)
            return done.error();
        return encode(*done);
    };
    co_return respond(co_await files.run<QByteArray>(word, std::move(job)));
}

Task<Response> readBinary(LocalFiles &files, Request request)
{
    const auto body = decodeBody<PathBody>(request);
    if (!body)
        co_return Response::error(body.error());
    const auto opened =
        co_await files.run<BinaryRead>("FS_READ", [path = body->path](const LocalFiles &room) -> Result<BinaryRead> {
            auto file = room.files().open(path);
            if (!file)
                return file.error();
            return BinaryRead::of(std::move(*file), path, LocalFiles::kMaxBinary);
        });
    if (!opened)
        co_return Response::error(opened.error());
    const BinaryAnswer around{.size = opened->size(), .path = body->path};
    co_return opened->response(encode(around), files.pool());
}

template <Described Body, Described Answer>
void add(Router &router, LocalFiles &files, const char *pattern, const char *word,
         Result<Answer> (*work)(const LocalFiles &, const Body &), const char *summary)
{
    router
        .post(pattern,
              [&files, word, work](Request r) { return answer<Body, Answer>(files, word, work, std::move(r)); })
        .describe(summary)
        .accepts(createBodyOf<Body>())
        .returns(typeOf<Answer>());
}

} // namespace

void registerLocalFileRoutes(Router &router, LocalFiles &files)
{
    add(router, files, "/api/local/read-file", "FS_READ", &readText, "Read a text file");
    router.post("/api/local/read-file-binary", [&files](Request r) { return readBinary(files, std::move(r)); })
        .describe("Read any file, in base64")
        .accepts(createBodyOf<PathBody>())
        .returns(typeOf<BinaryAnswer>());
    add(router, files, "/api/local/write-file", "FS_WRITE", &writeText, "Write a text file");
    add(router, files, "/api/local/write-file-binary", "FS_WRITE", &writeBytes, "Write any file, from base64");
    add(router, files, "/api/local/list-dir", "FS_READDIR", &list, "List a folder");
    add(router, files, "/api/local/mkdir", "FS_MKDIR", &makeFolder, "Make a folder and its parents");
    add(router, files, "/api/local/delete", "FS_DELETE", &remove, "Delete a file, or a folder with all in it");
    add(router, files, "/api/local/rename", "FS_RENAME", &rename, "Rename or move a file or folder");
    add(router, files, "/api/local/exists", "FS_READ", &exists, "Whether there is a file or folder");
    add(router, files, "/api/workspace/open-file", "IO_ERROR", &openFile, "Ask the Terminal to open a file");
}

} // namespace agent
