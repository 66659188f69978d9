#include "sessionimport/importroutes.h"

#include "api/body.h"
#include "core/async.h"
#include "net/router.h"
#include "sessionimport/confirm.h"
#include "sessionimport/givenfiles.h"
#include "sessionimport/opensshimport.h"
#include "sessionimport/planner.h"
#include "sessionimport/puttyimport.h"
#include "sessionimport/securecrtimport.h"
#include "storage/connection.h"
#include "storage/database.h"

#include <QThreadPool>

namespace agent {

using namespace Qt::StringLiterals;

template <>
struct Schema<sessionimport::PreviewFile>
{
    using Model = sessionimport::PreviewFile;
    static constexpr const char *name = "SessionImportFile";
    static constexpr auto fields = std::tuple{
        field("name", &Model::name, FieldFlag::Required),
        field("content", &Model::content, FieldFlag::Required),
    };
};

template <>
struct Schema<sessionimport::PreviewRequest>
{
    using Model = sessionimport::PreviewRequest;
    static constexpr const char *name = "SessionImportPreview";
    static constexpr auto fields = std::tuple{
        field("format", &Model::format),
        field("files", &Model::files, FieldFlag::Required),
        field("default_user", &Model::defaultUser),
        field("default_key_path", &Model::defaultKeyPath),
        field("home_folder", &Model::homeFolder),
        field("folder_path", &Model::folderPath),
    };
};

namespace sessionimport {

namespace {

/// Who runs the agent, which is who would run ssh.
QString localUser()
{
    for (const char *name : {"USER", "LOGNAME", "USERNAME"}) {
        if (const QString user = qEnvironmentVariable(name); !user.isEmpty())
            return user;
    }
    return {};
}

Status checkRequest(const PreviewRequest &request)
{
    for (const auto &[value, name] :
         {std::pair{request.defaultUser, "default_user"_L1}, std::pair{request.defaultKeyPath, "default_key_path"_L1},
          std::pair{request.homeFolder, "home_folder"_L1}}) {
        if (Status text = checkText(value.value_or(QString()), name, {.maxBytes = 4096, .mayBeEmpty = true}); !text)
            return text;
    }
    if (request.folderPath.size() > kMaxFolderDepth)
        return Error{ErrorCode::Validation, u"field 'folder_path' is too deep"_s, u"folder_path"_s};
    for (const QString &folder : request.folderPath) {
        if (Status text = checkText(folder, "folder_path"_L1); !text)
            return text;
    }
    if (request.files.isEmpty() || request.files.size() > kMaxFiles) {
        return Error{ErrorCode::Validation, u"field 'files' must have 1 to %1 files"_s.arg(kMaxFiles), u"files"_s};
    }
    return {};
}

Result<QList<SourceFile>> decoded(const QList<PreviewFile> &files)
{
    QList<SourceFile> sources;
    qint64 total = 0;
    for (qsizetype i = 0; i < files.size(); ++i) {
        const QString field = u"files[%1]"_s.arg(i);
        if (Status name = checkText(files[i].name, "name"_L1, {.maxBytes = 4096}); !name)
            return Error{ErrorCode::Validation, name.error().message, QString(field + u".name"_s)};
        auto bytes =
            QByteArray::fromBase64Encoding(files[i].content.toLatin1(), QByteArray::AbortOnBase64DecodingErrors);
        if (!bytes)
            return Error{ErrorCode::Validation, u"field '%1.content' is no base64"_s.arg(field),
                         QString(field + u".content"_s)};
        total += (*bytes).size();
        if (total > kMaxBytes)
            return Error{ErrorCode::TooLarge, u"the files have more than %1 MiB"_s.arg(kMaxBytes / 1024 / 1024),
                         u"files"_s};
        sources.append({files[i].name, std::move(*bytes)});
    }
    return sources;
}

Format formatOf(const SourceFile &file)
{
    const QByteArray head = file.bytes.first(std::min<qsizetype>(file.bytes.size(), 4096));
    const QByteArray narrow = QByteArray(head).replace('\0', "");
    if (narrow.contains("Windows Registry Editor") || narrow.startsWith("REGEDIT4"))
        return Format::PuttyRegistry;
    if (narrow.contains("<VanDyke") || narrow.contains("<?xml"))
        return Format::SecureCrt;
    if (file.bytes.contains("\nHostName=") || file.bytes.startsWith("HostName="))
        return file.bytes.contains("Protocol=") ? Format::PuttyFiles : Format::OpenSsh;
    return Format::OpenSsh;
}

Task<Response> preview(Database &database, QThreadPool &pool, Request request)
{
    auto body = decodeBody<PreviewRequest>(request);
    if (!body)
        co_return Response::error(body.error());
    if (Status checked = checkRequest(*body); !checked)
        co_return Response::error(checked.error());
    if (!body->defaultUser)
        body->defaultUser = localUser();
    const PlanOptions options{.defaultUser = *body->defaultUser,
                              .defaultKeyPath = body->defaultKeyPath.value_or(QString()),
                              .homeFolder = body->homeFolder.value_or(QString()),
                              .folderPath = body->folderPath};
    const auto client = request.client;
    auto reading = co_await onWorker(pool, [body = *std::move(body)] { return readFiles(body); });
    if (!reading)
        co_return Response::error(reading.error());
    if (client->isGone())
        co_return Response::error({ErrorCode::Cancelled, u"nobody waits for the preview"_s});
    auto existing = co_await database.read([](Connection &c) { return readExisting(c); });
    if (!existing)
        co_return Response::error(existing.error());
    // The plan itself is made away from both loops: ten thousand sessions take a while.
    co_return respond(co_await onWorker(
        pool, [reading = *std::move(reading), existing = *std::move(existing), options]() -> Result<QByteArray> {
            ImportPlan plan = planImport(reading.parsed, existing, options);
            plan.format = reading.format;
            return encode(plan);
        }));
}

Task<Response> confirm(Database &database, Request request)
{
    auto plan = decodeBody<ImportPlan>(request);
    if (!plan)
        co_return Response::error(plan.error());
    co_return respond(co_await database.run([plan = *std::move(plan)](Connection &c) -> Result<QByteArray> {
        auto result = confirmPlan(c, plan);
        if (!result)
            return result.error();
        return encode(*result);
    }));
}

} // namespace

Result<Reading> readFiles(const PreviewRequest &request)
{
    auto files = decoded(request.files);
    if (!files)
        return files.error();
    Format format = request.format;
    if (format == Format::Auto)
        format = formatOf(files->first());
    if (files->size() > 1 && (format == Format::PuttyRegistry || format == Format::SecureCrt))
        return Error{ErrorCode::Validation, u"format '%1' is one file"_s.arg(wordOf(format)), u"files"_s};
    auto parsed = [&]() -> Result<ParsedImport> {
        switch (format) {
        case Format::PuttyRegistry:
            return parsePuttyRegistry(files->first());
        case Format::PuttyFiles:
            return parsePuttyFiles(*files);
        case Format::SecureCrt:
            return parseSecureCrt(files->first());
        case Format::Auto:
        case Format::OpenSsh:
            break;
        }
        return parseOpenSsh(files->first(), GivenFiles(files->sliced(1)), request.defaultUser.value_or(QString()));
    }();
    if (!parsed)
        return parsed.error();
    return Reading{format, *std::move(parsed)};
}

} // namespace sessionimport

void registerForeignImportRoutes(Router &router, Database &database, QThreadPool &pool)
{
    using namespace sessionimport;
    router
        .post("/api/sessions/import/preview",
              [&database, &pool](Request r) { return preview(database, pool, std::move(r)); })
        .describe("What importing sessions of OpenSSH, PuTTY or SecureCRT would do; changes nothing")
        .accepts(createBodyOf<PreviewRequest>())
        .returns(typeOf<ImportPlan>());
    router.post("/api/sessions/import/confirm", [&database](Request r) { return confirm(database, std::move(r)); })
        .describe("Do what a preview said, whole or not at all")
        .accepts(createBodyOf<ImportPlan>())
        .returns(typeOf<PlanResult>());
}

} // namespace agent
