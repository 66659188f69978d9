#include "net/staticfiles.h"

#include "core/async.h"
#include "net/slices.h"

#include <QCoreApplication>
#include <QDir>
#include <QFile>
#include <QFileInfo>
#include <QLocale>
#include <QTimeZone>

#include <algorithm>

namespace agent {

using namespace Qt::StringLiterals;

namespace {

struct MimeType
{
    QLatin1StringView suffix;
    const char *name;
};

// The types a built web frontend is made of; the system's database differs from machine to machine.
constexpr MimeType kMimeTypes[] = {
    {"html"_L1, "text/html; charset=utf-8"},
    {"htm"_L1, "text/html; charset=utf-8"},
    {"js"_L1, "text/javascript; charset=utf-8"},
    {"mjs"_L1, "text/javascript; charset=utf-8"},
    {"css"_L1, "text/css; charset=utf-8"},
    {"json"_L1, "application/json"},
    {"map"_L1, "application/json"},
    {"webmanifest"_L1, "application/manifest+json"},
    {"svg"_L1, "image/svg+xml"},
    {"png"_L1, "image/png"},
    {"jpg"_L1, "image/jpeg"},
    {"jpeg"_L1, "image/jpeg"},
    {"gif"_L1, "image/gif"},
    {"webp"_L1, "image/webp"},
    {"avif"_L1, "image/avif"},
    {"ico"_L1, "image/x-icon"},
    {"woff"_L1, "font/woff"},
    {"woff2"_L1, "font/woff2"},
    {"ttf"_L1, "font/ttf"},
    {"otf"_L1, "font/otf"},
    {"wasm"_L1, "application/wasm"},
    {"txt"_L1, "text/plain; charset=utf-8"},
    {"md"_L1, "text/markdown; charset=utf-8"},
    {"xml"_L1, "application/xml"},
    {"pdf"_L1, "application/pdf"},
    {"mp3"_L1, "audio/mpeg"},
    {"wav"_L1, "audio/wav"},
    {"mp4"_L1, "video/mp4"},
};

QByteArray mimeTypeOf(const QString &name)
{
    const QString suffix = name.sliced(name.lastIndexOf(u'.') + 1);
    const auto found = std::ranges::find_if(
        kMimeTypes, [&](const MimeType &type) { return suffix.compare(type.suffix, Qt::CaseInsensitive) == 0; });
    return found == std::end(kMimeTypes) ? QByteArray("application/octet-stream") : QByteArray(found->name);
}

constexpr auto kDateFormat = "ddd, dd MMM yyyy hh:mm:ss 'GMT'"_L1; // RFC 9110 section 5.6.7

QByteArray toHttpDate(const QDateTime &time)
{
    return QLocale::c().toString(time.toUTC(), QString(kDateFormat)).toLatin1();
}

QDateTime fromHttpDate(QByteArrayView text)
{
    QDateTime time = QLocale::c().toDateTime(QString::fromLatin1(text), QString(kDateFormat));
    time.setTimeZone(QTimeZone::UTC);
    return time;
}

/// A request path that names a file below the folder; empty when it cannot.
QString relativePathOf(const QString &path)
{
    if (!path.startsWith(u'/') || path.contains(u'\\') || path.contains(u':'))
        return {};
    QString relative = path.sliced(1);
    if (relative.isEmpty() || relative.endsWith(u'/'))
        relative += "index.html"_L1;
    const auto segments = QStringView(relative).split(u'/');
    const bool walks =
        std::ranges::any_of(segments, [](QStringView s) { return s.isEmpty() || s == "."_L1 || s == ".."_L1; });
    return walks ? QString() : relative;
}

struct OpenFile
{
    std::shared_ptr<QFile> file; ///< null: there is none
    qint64 size = 0;
    QDateTime modified;
};

/// Runs on a worker.
OpenFile openFile(const QString &folder, const QString &relative)
{
    const QString root = QFileInfo(folder).canonicalFilePath();
    const QFileInfo info(QFileInfo(root + u'/' + relative).canonicalFilePath()); // symlinks followed, then judged
    if (root.isEmpty() || !info.filePath().startsWith(root + u'/') || !info.isFile())
        return {};
    auto file = std::make_shared<QFile>(info.filePath());
    if (!file->open(QIODevice::ReadOnly | QIODevice::Unbuffered))
        return {};
    QDateTime modified = info.lastModified(QTimeZone::UTC);
    return {.file = file, .size = file->size(), .modified = QDateTime::fromSecsSinceEpoch(modified.toSecsSinceEpoch())};
}

enum class RangeKind { Whole, Part, Unsatisfiable };

/// One range (RFC 9110 section 14.1.2). Several, or what we cannot read, mean the whole file, as the RFC allows.
RangeKind parseRange(QByteArrayView field, qint64 size, ByteRange &range)
{
    range = {.first = 0, .length = size};
    if (!field.startsWith("bytes=") || field.contains(','))
        return RangeKind::Whole;
    const QByteArrayView spec = field.sliced(6);
    const qsizetype dash = spec.indexOf('-');
    if (dash < 0)
        return RangeKind::Whole;
    const auto number = [](QByteArrayView digits, qint64 otherwise) -> std::optional<qint64> {
        if (digits.isEmpty())
            return otherwise;
        const bool valid = std::ranges::all_of(digits, [](char c) { return c >= '0' && c <= '9'; });
        bool fits = false;
        const qint64 value = digits.toLongLong(&fits);
        return valid && fits ? std::optional(value) : std::nullopt;
    };
    const auto from = number(spec.first(dash), -1);
    const auto to = number(spec.sliced(dash + 1), -1);
    if (!from || !to || (*from < 0 && *to < 0) || (*from >= 0 && *to >= 0 && *to < *from))
        return RangeKind::Whole;
    if (*from < 0) // the last bytes
        range.first = std::max<qint64>(0, size - *to);
    else
        range.first = *from;
    if (range.first >= size || (*from < 0 && *to == 0))
        return RangeKind::Unsatisfiable;
    const qint64 last = *from < 0 || *to < 0 ? size - 1 : std::min(*to, size - 1);
    range.length = last - range.first + 1;
    return RangeKind::Part;
}

bool isUnchanged(const Request &request, const QDateTime &modified)
{
    const QDateTime known = fromHttpDate(request.headers.value(QHttpHeaders::WellKnownHeader::IfModifiedSince));
    return known.isValid() && modified <= known;
}

QByteArrayView rangeAskedBy(const Request &request, const QDateTime &modified)
{
    using WellKnown = QHttpHeaders::WellKnownHeader;
    const bool guarded = request.headers.contains(WellKnown::IfRange);
    if (guarded && fromHttpDate(request.headers.value(WellKnown::IfRange)) != modified)
        return {};
    return request.headers.value(WellKnown::Range);
}

} // namespace

StaticFiles::StaticFiles(QString folder, QThreadPool &pool)
    : m_folder(std::move(folder))
    , m_pool(pool)
{
}

QString StaticFiles::findFolder()
{
    const QDir program(QCoreApplication::applicationDirPath());
    const QString candidates[] = {
        program.filePath(u"frontend/dist"_s),
        program.filePath(u"../frontend/dist"_s),
        program.filePath(u"../../frontend/dist"_s),
        program.filePath(u"../share/netstacks/frontend/dist"_s),
        QDir::current().filePath(u"../frontend/dist"_s),
    };
    for (const QString &candidate : candidates) {
        if (QFileInfo(candidate).isDir())
            return QDir::cleanPath(candidate);
    }
    return {};
}

Task<Response> StaticFiles::serve(Request request) const
{
    const QString relative = relativePathOf(request.path);
    if (m_folder.isEmpty() || relative.isEmpty())
        co_return Response::empty(404);
    QThreadPool *pool = &m_pool; // `this` may be gone after the pause, the pool is not
    const OpenFile opened =
        co_await onWorker(*pool, [folder = m_folder, relative] { return openFile(folder, relative); });
    if (!opened.file)
        co_return Response::empty(404);
    const QByteArray modified = toHttpDate(opened.modified);
    if (isUnchanged(request, opened.modified))
        co_return Response::empty(304).withHeader("Last-Modified", modified);

    ByteRange range;
    const RangeKind kind = parseRange(rangeAskedBy(request, opened.modified), opened.size, range);
    const QByteArray size = QByteArray::number(opened.size);
    if (kind == RangeKind::Unsatisfiable)
        co_return Response::empty(416).withHeader("Content-Range", "bytes */" + size);
    Response response = Response::stream(
        mimeTypeOf(relative),
        [file = opened.file, range, pool](std::shared_ptr<ResponseWriter> writer) {
            sendSlices(std::move(writer), pool, range, [file](ByteRange slice) {
                return file->seek(slice.first) ? file->read(slice.length) : QByteArray();
            });
        },
        range.length);
    response.headers = {{"Last-Modified", modified}, {"Accept-Ranges", "bytes"}, {"X-Content-Type-Options", "nosniff"}};
    if (kind == RangeKind::Part) {
        response.status = 206;
        const QByteArray last = QByteArray::number(range.first + range.length - 1);
        response.headers.emplaceBack("Content-Range",
                                     "bytes " + QByteArray::number(range.first) + '-' + last + '/' + size);
    }
    co_return response;
}

} // namespace agent
