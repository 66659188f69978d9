#include "terminallogs/terminallogs.h"

#include "api/body.h"
#include "core/async.h"
#include "core/log.h"
#include "outputs/plaindocument.h"
#include "platform/confinedpath.h"
#include "storage/database.h"

namespace agent {

using namespace Qt::StringLiterals;

namespace {

Q_LOGGING_CATEGORY(lcLogs, "netstacks.terminallogs")

constexpr qsizetype kMaxNameLength = 256; ///< of what a document is named after
constexpr int kMaxNamesakes = 100;        ///< logs that one terminal begins within one second

QLatin1StringView suffixOf(const QString &format)
{
    if (format == "raw"_L1)
        return "raw"_L1;
    return format == "html"_L1 ? "html"_L1 : "log"_L1;
}

/// A file that was not there before: an older log of the same second is not emptied.
Result<QString> createNew(const ConfinedFolder &folder, const QString &stem, QLatin1StringView suffix)
{
    for (int i = 1; i <= kMaxNamesakes; ++i) {
        QString path = folder.pathOf(stem);
        if (i > 1)
            path += u'-' + QString::number(i);
        path += u'.' + suffix;
        const auto file = folder.open(path, ConfinedFolder::Mode::CreateNew);
        if (file)
            return path;
        if (file.error().code != ErrorCode::Conflict)
            return withoutAbsence(file.error());
    }
    return Error{ErrorCode::Io, u"too many logs of this terminal were begun in one second"_s};
}

Result<QString> beginFile(const ConfinedFolder &folder, const TerminalLogs::Start &start, Timestamp now)
{
    if (const Status made = folder.create(); !made)
        return withoutAbsence(made.error());
    if (!start.path) {
        const QString stem = u"terminal-%1_%2"_s.arg(asFileNamePart(start.terminal), now.toFileNameText());
        return createNew(folder, stem, suffixOf(start.format));
    }
    const auto file = folder.open(*start.path, ConfinedFolder::Mode::Replace);
    if (!file)
        return withoutAbsence(file.error());
    return *start.path;
}

Status appendToFile(const ConfinedFolder &folder, const LogText &body, TerminalLogs::Missing missing)
{
    using Mode = ConfinedFolder::Mode;
    const bool creates = missing == TerminalLogs::Missing::IsCreated;
    if (creates) {
        if (const Status made = folder.create(); !made)
            return withoutAbsence(made.error());
    }
    const auto file = folder.open(body.path, creates ? Mode::AppendOrCreate : Mode::Append);
    if (!file)
        return withoutAbsence(file.error());
    const auto size = (*file)->size();
    if (!size)
        return withoutAbsence(size.error());
    if (*size + body.content.bytes.size() > TerminalLogs::kMaxFileSize)
        return Error{ErrorCode::StorageFull, u"the log has reached its largest size"_s};
    return (*file)->append(body.content.bytes);
}

Result<QByteArray> readWhole(const ConfinedFolder &folder, const QString &path)
{
    const auto file = folder.open(path, ConfinedFolder::Mode::Read);
    if (!file)
        return file.error();
    const auto size = (*file)->size();
    if (!size)
        return size.error();
    if (*size > TerminalLogs::kMaxDocument)
        return Error{ErrorCode::TooLarge, u"the log is too long for a document"_s};
    return (*file)->read(0, *size);
}

} // namespace

TerminalLogs::TerminalLogs(QString folder, Database &database, Clock clock)
    : m_folder(std::move(folder))
    , m_database(database)
    , m_clock(std::move(clock))
{
    m_writer.setObjectName("terminallogs"_L1);
    m_writer.setMaxThreadCount(1);
}

Task<Result<QString>> TerminalLogs::start(Start start)
{
    co_return co_await onWorker(m_writer, [folder = m_folder, start = std::move(start), now = m_clock()] {
        return beginFile(folder, start, now);
    });
}

Task<Status> TerminalLogs::append(Request request, Missing missing)
{
    co_return co_await onWorker(m_writer,
                                [folder = m_folder, body = takeForWorker(request), missing]() mutable -> Status {
                                    const auto decoded = decodeBody<LogText>(body);
                                    if (!decoded)
                                        return decoded.error();
                                    return appendToFile(folder, *decoded, missing);
                                });
}

Task<std::optional<QString>> TerminalLogs::stop(Stop stop)
{
    if (!stop.path)
        co_return std::nullopt;
    Database *const database = &m_database;
    const Timestamp now = m_clock();
    const auto text =
        co_await onWorker(m_writer, [folder = m_folder, path = *stop.path] { return readWhole(folder, path); });
    if (!text) {
        qCWarning(lcLogs).noquote() << "a terminal log was not kept as a document:" << text.error().message;
        co_return std::nullopt;
    }
    if (text->isEmpty())
        co_return std::nullopt;
    const bool isNamed = stop.sessionName && !stop.sessionName->isEmpty();
    const QString name = (isNamed ? *stop.sessionName : stop.terminal).left(kMaxNameLength);
    const auto id = co_await database->run([stop, name, now, text = *text](Connection &connection) {
        return insertPlainDocument(connection,
                                   {.name = u"Session Log - %1 - %2"_s.arg(name, now.toDatabaseText().first(16)),
                                    .contentType = u"text"_s,
                                    .parentFolder = u"logs"_s,
                                    .sessionId = stop.sessionId,
                                    .content = QString::fromUtf8(text)});
    });
    if (!id) {
        qCWarning(lcLogs).noquote() << "a terminal log was not kept as a document:" << id.error().message;
        co_return std::nullopt;
    }
    co_return *id;
}

} // namespace agent
