#include "sftp/sftproutes.h"

#include "api/body.h"
#include "core/async.h"
#include "net/bodystream.h"
#include "net/router.h"
#include "sftp/filepath.h"
#include "sftp/sftpservice.h"

#include <QThreadPool>

#include <algorithm>

namespace agent {

using namespace Qt::StringLiterals;

namespace {

struct SftpConnect
{
    std::optional<QString> sessionId;
};

struct SftpConnected
{
    bool connected = true;
    std::optional<QString> homeDir;
};

} // namespace

template <>
struct Schema<SftpConnect>
{
    static constexpr const char *name = "SftpConnect";
    static constexpr auto fields = std::tuple{field("session_id", &SftpConnect::sessionId)};
};

template <>
struct Schema<SftpConnected>
{
    static constexpr const char *name = "SftpConnected";
    static constexpr auto fields =
        std::tuple{field("connected", &SftpConnected::connected), field("home_dir", &SftpConnected::homeDir)};
};

namespace {

/// A query parameter that has to be there.
Result<QString> required(const Request &request, QLatin1StringView name)
{
    auto value = request.queryValue(name.toString());
    if (!value)
        return Error{ErrorCode::BadRequest, u"missing query parameter '%1'"_s.arg(name), name.toString()};
    if (value->contains(QChar::Null))
        return Error{ErrorCode::BadRequest, u"'%1' must not hold a NUL"_s.arg(name), name.toString()};
    return std::move(*value);
}

Response created(const Status &outcome) { return outcome ? Response::empty(201) : Response::error(outcome.error()); }

Task<Response> connectTo(SftpService &sftp, Request request)
{
    SftpConnect wish;
    if (!request.body.isEmpty() && request.body.trimmed() != "null") { // what axios makes of nothing
        auto body = decodeBody<SftpConnect>(request);
        if (!body)
            co_return Response::error(body.error());
        wish = std::move(*body);
    }
    const QString id = request.param("id");
    const auto home = co_await sftp.connectTo(id, wish.sessionId.value_or(id));
    if (!home)
        co_return Response::error(home.error());
    co_return Response::json(encode(SftpConnected{.homeDir = home->folder}));
}

/// Folders first, then by name, whatever its case.
QByteArray sortedListing(FileListing listing)
{
    struct Key
    {
        bool isFile;
        QByteArray name;
        qsizetype index;
    };
    std::vector<Key> keys;
    keys.reserve(std::size_t(listing.entries.size()));
    for (const FileEntry &entry : std::as_const(listing.entries))
        keys.push_back({!entry.isDir, entry.name.toLower().toUtf8(), qsizetype(keys.size())});
    std::ranges::stable_sort(
        keys, [](const Key &a, const Key &b) { return a.isFile != b.isFile ? b.isFile : a.name < b.name; });
    QList<FileEntry> sorted;
    sorted.reserve(listing.entries.size());
    for (const Key &key : keys)
        sorted.append(std::move(listing.entries[key.index]));
    listing.entries = std::move(sorted);
    return encode(listing);
}

Task<Response> list(SftpService &sftp, QThreadPool &pool, Request request)
{
    QString path = u"/"_s;
    if (request.queryValue(u"path")) {
        auto given = required(request, "path"_L1);
        if (!given)
            co_return Response::error(given.error());
        path = std::move(*given);
    }
    auto listing = co_await sftp.list(request.param("id"), path);
    if (!listing)
        co_return Response::error(listing.error());
    co_return Response::json(co_await onWorker(
        pool, [listing = std::move(*listing)]() mutable { return sortedListing(std::move(listing)); }));
}

Task<Response> stat(SftpService &sftp, Request request)
{
    const auto path = required(request, "path"_L1);
    if (!path)
        co_return Response::error(path.error());
    const auto entry = co_await sftp.stat(request.param("id"), *path);
    co_return entry ? Response::json(encode(*entry)) : Response::error(entry.error());
}

/// Sends the file no faster than the client takes it. What cannot be read cuts the answer short: the writer breaks the
/// connection when it is let go of unfinished.
Task<> send(std::shared_ptr<FileSource> source, std::shared_ptr<ResponseWriter> writer)
{
    while (writer->isOpen()) {
        const auto piece = co_await source->next();
        if (!piece)
            co_return;
        if (piece->isEmpty()) {
            writer->finish();
            co_return;
        }
        writer->write(*piece);
        if (!co_await untilDrained(writer))
            co_return;
    }
}

Task<Response> download(SftpService &sftp, Request request)
{
    const auto path = required(request, "path"_L1);
    if (!path)
        co_return Response::error(path.error());
    auto source = co_await sftp.read(request.param("id"), *path);
    if (!source)
        co_return Response::error(source.error());
    co_return Response::stream(
        "application/octet-stream",
        [source = *source](std::shared_ptr<ResponseWriter> writer) { send(source, std::move(writer)); },
        (*source)->size().value_or(-1))
        .withHeader("Content-Disposition", attachmentHeader(*path));
}

Task<Response> upload(SftpService &sftp, Request request)
{
    const auto path = required(request, "path"_L1);
    if (!path)
        co_return Response::error(path.error());
    FileContent content{.body = request.bodyStream};
    using WellKnown = QHttpHeaders::WellKnownHeader;
    if (!request.headers.contains(WellKnown::TransferEncoding)) // the front door has seen that it is a number
        content.size = request.headers.value(WellKnown::ContentLength).toByteArray().toLongLong();
    co_return created(co_await sftp.write(request.param("id"), *path, std::move(content)));
}

Task<Response> makeFolder(SftpService &sftp, Request request)
{
    const auto path = required(request, "path"_L1);
    if (!path)
        co_return Response::error(path.error());
    co_return created(co_await sftp.makeFolder(request.param("id"), *path));
}

Task<Response> rename(SftpService &sftp, Request request)
{
    const auto from = required(request, "from"_L1), to = required(request, "to"_L1);
    if (!from || !to)
        co_return Response::error(from ? to.error() : from.error());
    co_return respond(co_await sftp.rename(request.param("id"), *from, *to));
}

Task<Response> remove(SftpService &sftp, Request request)
{
    const auto path = required(request, "path"_L1);
    if (!path)
        co_return Response::error(path.error());
    const QString isDir = request.queryValue(u"is_dir").value_or(u"false"_s);
    if (isDir != "true"_L1 && isDir != "false"_L1)
        co_return Response::error({ErrorCode::BadRequest, u"'is_dir' must be true or false"_s, u"is_dir"_s});
    co_return respond(co_await sftp.remove(request.param("id"), *path,
                                           isDir == "true"_L1 ? FileKind::Folder : FileKind::File, request.client));
}

} // namespace

void registerSftpRoutes(Router &router, SftpService &sftp, QThreadPool &pool)
{
    const QByteArray item = "/api/sftp/:id";
    router.post(item + "/connect", [&sftp](Request r) { return connectTo(sftp, std::move(r)); })
        .describe("Connect to the files of a saved session; the id is the caller's, and names the session by default")
        .accepts(createBodyOf<SftpConnect>())
        .returns(typeOf<SftpConnected>());
    router
        .post(item + "/disconnect",
              [&sftp](Request r) -> Task<Response> {
                  sftp.disconnectFrom(r.param("id"));
                  co_return Response::empty();
              })
        .describe("End the connection, if there is one, and whatever runs on it")
        .returnsNothing();
    router.get(item + "/ls", [&sftp, &pool](Request r) { return list(sftp, pool, std::move(r)); })
        .describe("List a folder: folders first, then by name; links are shown as what they lead to")
        .takesQuery({"path"})
        .returns(typeOf<FileListing>());
    router.get(item + "/stat", [&sftp](Request r) { return stat(sftp, std::move(r)); })
        .describe("What is known of a file; follows links")
        .takesQuery({"path"})
        .returns(typeOf<FileEntry>());
    router.get(item + "/download", [&sftp](Request r) { return download(sftp, std::move(r)); })
        .describe("The bytes of a file, as they come")
        .takesQuery({"path"});
    router.post(item + "/upload", [&sftp](Request r) { return upload(sftp, std::move(r)); })
        .streamsBody()
        .describe("Write a file from the raw body; where the server can, the old one is replaced as a whole")
        .takesQuery({"path"})
        .returnsNothing(201);
    router.post(item + "/mkdir", [&sftp](Request r) { return makeFolder(sftp, std::move(r)); })
        .describe("Make a folder")
        .takesQuery({"path"})
        .returnsNothing(201);
    router.post(item + "/rename", [&sftp](Request r) { return rename(sftp, std::move(r)); })
        .describe("Rename or move a file or folder; never over another")
        .takesQuery({"from", "to"})
        .returnsNothing();
    router.remove(item + "/rm", [&sftp](Request r) { return remove(sftp, std::move(r)); })
        .describe("Delete a file, or a folder with all that is in it; a link itself, never what it leads to")
        .takesQuery({"path", "is_dir"})
        .returnsNothing();
}

} // namespace agent
