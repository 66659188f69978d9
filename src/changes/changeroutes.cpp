#include "changes/changeroutes.h"

#include "api/crud.h"
#include "changes/change.h"
#include "changes/changesnapshot.h"
#include "changes/moppackage.h"
#include "sessions/session.h"

namespace agent {

using namespace Qt::StringLiterals;

namespace {

constexpr qsizetype kMaxOverrides = 2000;
constexpr qsizetype kMaxCommands = 2000;
// Texts are saved while they are typed: an empty name is on its way to another.
constexpr TextRule kNameRule{.mayBeEmpty = true};
constexpr TextRule kTextRule{.maxBytes = 1024 * 1024, .mayBeEmpty = true, .mayHaveLineBreaks = true};
constexpr qsizetype kMaxOutputBytes = 16 * 1024 * 1024;

struct PackageErrorBody
{
    QString error;
    QString code;
    QString field;
};

} // namespace

/// Without a name: the API document has its own for failures.
template <>
struct Schema<PackageErrorBody>
{
    static constexpr auto fields = std::tuple{
        field("error", &PackageErrorBody::error),
        field("code", &PackageErrorBody::code),
        field("field", &PackageErrorBody::field),
    };
};

namespace {

Status checkTexts(const Change &change)
{
    for (const Status &status :
         {checkText(change.name, "name"_L1, kNameRule),
          checkText(change.description.value_or(QString()), "description"_L1, kTextRule),
          checkText(change.aiAnalysis.value_or(QString()), "ai_analysis"_L1, kTextRule),
          checkText(change.documentId.value_or(QString()), "document_id"_L1, kNameRule),
          checkText(change.preSnapshotId.value_or(QString()), "pre_snapshot_id"_L1, kNameRule),
          checkText(change.postSnapshotId.value_or(QString()), "post_snapshot_id"_L1, kNameRule),
          checkText(change.createdBy, "created_by"_L1, kNameRule), checkSteps(change.steps, "mop_steps"_L1)}) {
        if (!status)
            return status;
    }
    return {};
}

Status checkOverrides(const DeviceOverrides &overrides)
{
    constexpr auto field = "device_overrides"_L1;
    if (overrides.size() > kMaxOverrides)
        return Error{ErrorCode::Validation, u"field '%1' must have at most %2 devices"_s.arg(field).arg(kMaxOverrides),
                     field};
    for (const MopSteps &steps : overrides) {
        if (Status valid = checkSteps(steps, field); !valid)
            return valid;
    }
    return {};
}

/// @param sessionBefore what is known to exist, or to be gone without anybody's minding it
Status checkChange(Connection &connection, const Change &change, const std::optional<QString> &sessionBefore)
{
    if (Status texts = checkTexts(change); !texts)
        return texts;
    if (change.deviceOverrides) {
        if (Status overrides = checkOverrides(*change.deviceOverrides); !overrides)
            return overrides;
    }
    if (!change.sessionId || change.sessionId == sessionBefore)
        return {};
    auto session = repository::get<Session>(connection, *change.sessionId);
    return session ? Status() : Status(session.error());
}

Status checkIsDraft(Connection &, const Change &change)
{
    if (change.status == ChangeStatus::Draft)
        return {};
    return Error{ErrorCode::Validation,
                 u"only a draft can be deleted; this change is '%1'"_s.arg(wordOf(change.status)), u"status"_s};
}

Status prepareSnapshot(Connection &connection, ChangeSnapshot &snapshot)
{
    if (snapshot.commands.size() > kMaxCommands)
        return Error{ErrorCode::Validation, u"field 'commands' must have at most %1 entries"_s.arg(kMaxCommands),
                     u"commands"_s};
    if (snapshot.output.toUtf8().size() > kMaxOutputBytes)
        return Error{ErrorCode::Validation, u"field 'output' is longer than %1 bytes"_s.arg(kMaxOutputBytes),
                     u"output"_s};
    snapshot.capturedAt = Timestamp::now();
    auto change = repository::get<Change>(connection, snapshot.changeId);
    return change ? Status() : Status(change.error());
}

Task<Response> listChanges(Database &database, Request request)
{
    const auto session = request.queryValue(u"session_id");
    co_return respond(co_await database.read([session](Connection &c) {
        return session ? crud::listJson<Change>(c, u"WHERE session_id = ?"_s, {*session}) : crud::listJson<Change>(c);
    }));
}

Task<Response> listSnapshots(Database &database, Request request)
{
    co_return respond(co_await database.read([change = request.param("id")](Connection &c) -> Result<QByteArray> {
        const auto known = repository::exists<Change>(c, change);
        if (!known)
            return known.error();
        if (!*known)
            return repository::notFound<Change>();
        return crud::listJson<ChangeSnapshot>(c, u"WHERE change_id = ?"_s, {change});
    }));
}

Task<Response> exportChange(Database &database, Request request)
{
    co_return respond(co_await database.run([id = request.param("id")](Connection &c) -> Result<QByteArray> {
        const auto package = moppackage::exportChange(c, id);
        if (!package)
            return package.error();
        return encode(*package);
    }));
}

Response refusal(const PackageFault &fault)
{
    return Response::json(encode(PackageErrorBody{fault.message, QString::fromLatin1(fault.code), fault.field}), 400);
}

Task<Response> importPackage(Database &database, Request request)
{
    const auto body = takeJsonBody(request);
    if (!body)
        co_return Response::error(body.error());
    if (const auto fault = moppackage::faultOfKind(body->root()))
        co_return refusal(*fault);
    auto package = decodeNew<MopPackage>(body->root());
    if (!package)
        co_return Response::error(package.error());
    if (const auto fault = moppackage::faultOfSteps(package->plan))
        co_return refusal(*fault);
    co_return respond(co_await database.run([plan = std::move(package->plan)](Connection &c) -> Result<QByteArray> {
        const auto imported = moppackage::importPlan(c, plan);
        if (!imported)
            return imported.error();
        return encode(*imported);
    }),
                      201);
}

} // namespace

void registerChangeRoutes(Router &router, Database &database)
{
    constexpr auto path = "/api/changes";
    registerCrud<Change>(router, database, path,
                         {.beforeCreate = [](Connection &c, Change &made) { return checkChange(c, made, {}); },
                          .beforeUpdate = [](Connection &c, const Change &old,
                                             Change &now) { return checkChange(c, now, old.sessionId); },
                          .beforeDelete = &checkIsDraft},
                         {.list = [&database](Request r) { return listChanges(database, std::move(r)); }});

    router
        .get(QByteArray(path) + "/:id/export-mop",
             [&database](Request r) { return exportChange(database, std::move(r)); })
        .describe("A change as a package, which is kept as a document too")
        .returns(typeOf<MopPackage>());
    router
        .post(QByteArray(path) + "/import-mop",
              [&database](Request r) { return importPackage(database, std::move(r)); })
        .describe("Make a draft of a package")
        .accepts(createBodyOf<MopPackage>())
        .returns(typeOf<MopImportResult>(), 201);
    router
        .get(QByteArray(path) + "/:id/snapshots",
             [&database](Request r) { return listSnapshots(database, std::move(r)); })
        .describe("A change's snapshots, the oldest first")
        .returnsListOf(typeOf<ChangeSnapshot>());
    const auto rules =
        std::make_shared<const CrudRules<ChangeSnapshot>>(CrudRules<ChangeSnapshot>{.beforeCreate = &prepareSnapshot});
    router
        .post(
            "/api/snapshots",
            [&database, rules](Request r) { return crud::handleCreate<ChangeSnapshot>(database, rules, std::move(r)); })
        .describe("Keep what commands showed before or after a change")
        .accepts(createBodyOf<ChangeSnapshot>())
        .returns(typeOf<ChangeSnapshot>(), 201);
    router
        .get("/api/snapshots/:id",
             [&database](Request r) { return crud::handleGet<ChangeSnapshot>(database, std::move(r)); })
        .describe("Read a snapshot")
        .returns(typeOf<ChangeSnapshot>());
    router
        .remove(
            "/api/snapshots/:id",
            [&database, rules](Request r) { return crud::handleDelete<ChangeSnapshot>(database, rules, std::move(r)); })
        .describe("Delete a snapshot")
        .returnsNothing();
}

} // namespace agent
