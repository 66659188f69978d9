#include "api/crud.h"
#include "changes/change.h"
#include "changes/moppackage.h"
#include "outputs/plaindocument.h"

#include <QHash>

#include <algorithm>

namespace agent {

using namespace Qt::StringLiterals;

namespace {

constexpr qsizetype kMaxNameBytes = 1024;

std::optional<PackageFault> faultOfCommands(const MopSteps &steps, const QString &path)
{
    for (qsizetype i = 0; i < steps.size(); ++i) {
        if (steps.at(i).command.trimmed().isEmpty()) {
            const QString field = u"%1[%2].command"_s.arg(path).arg(i);
            return PackageFault{"INVALID_STEP", u"field '%1' must not be empty"_s.arg(field), field};
        }
    }
    return std::nullopt;
}

Status checkPlan(const PackagedPlan &plan)
{
    if (Status name = checkText(plan.name, "name"_L1, {.maxBytes = kMaxNameBytes}); !name)
        return name;
    if (plan.deviceOverrides) {
        for (const PackagedSteps &packaged : *plan.deviceOverrides) {
            if (Status sizes = checkSteps(packaged.steps, "mop.device_overrides"_L1); !sizes)
                return sizes;
        }
    }
    return checkSteps(plan.steps.steps, "mop.steps"_L1);
}

/// Makes one package a change of this agent.
class Import
{
public:
    Import(Connection &connection, PackagedPlan plan)
        : m_connection(connection)
        , m_plan(std::move(plan))
    {
    }

    Result<MopImportResult> run()
    {
        Change change{.name = m_plan.name,
                      .description = m_plan.description,
                      .steps = std::move(m_plan.steps.steps),
                      .deviceOverrides = {},
                      .createdBy = m_plan.author};
        for (const auto &job : {&Import::resolveOverrides, &Import::adoptSteps, &Import::createDocument}) {
            if (Status done = (this->*job)(change); !done)
                return done.error();
        }
        change.id = newUuid();
        crud::stampCreated(change);
        if (Status inserted = repository::insert(m_connection, change); !inserted)
            return inserted.error();
        m_result.changeId = change.id;
        m_result.name = change.name;
        m_result.stepsImported = change.steps.size();
        m_result.overridesImported = change.deviceOverrides ? change.deviceOverrides->size() : 0;
        return m_result;
    }

private:
    using NewIds = QHash<QString, QString>; ///< by the old ones

    void warn(const QString &text) { m_result.warnings.append(text); }

    /// The session that `name (host)`, or one of both, stands for.
    Result<std::optional<QString>> sessionOf(const QString &key)
    {
        const qsizetype open = key.endsWith(u')') ? key.lastIndexOf(u'(') : -1;
        const QString name = (open < 0 ? key : key.first(open)).trimmed();
        const QString host = open < 0 ? key.trimmed() : key.sliced(open + 1).chopped(1).trimmed();
        const std::array<std::pair<QString, QVariantList>, 3> queries{{
            {u"name = ? AND host = ?"_s, {name, host}},
            {u"host = ?"_s, {host}},
            {u"name = ?"_s, {name}},
        }};
        for (const auto &[condition, values] : queries) {
            auto id = m_connection.value(
                u"SELECT id FROM sessions WHERE %1 ORDER BY created_at, id LIMIT 1"_s.arg(condition), values);
            if (!id)
                return id.error();
            if (id->isValid())
                return std::optional(id->toString());
        }
        return std::optional<QString>();
    }

    Status resolveOverrides(Change &change)
    {
        if (!m_plan.deviceOverrides)
            return {};
        DeviceOverrides resolved;
        for (auto it = m_plan.deviceOverrides->cbegin(); it != m_plan.deviceOverrides->cend(); ++it) {
            auto session = sessionOf(it.key());
            if (!session)
                return session.error();
            if (!*session)
                warn(u"No session is '%1'; its steps were left out."_s.arg(it.key()));
            else if (resolved.contains(**session))
                warn(u"'%1' is a session that has its steps already; these were left out."_s.arg(it.key()));
            else
                resolved.insert(**session, it.value().steps);
        }
        if (!resolved.isEmpty())
            change.deviceOverrides = std::move(resolved);
        return {};
    }

    /// New ids for all steps, and what referred to the old ones after them.
    Status adoptSteps(Change &change)
    {
        QList<MopSteps *> lists{&change.steps};
        if (change.deviceOverrides) {
            for (MopSteps &steps : *change.deviceOverrides)
                lists.append(&steps);
        }
        // An override may repeat the ids of the steps it replaces: a step of the own list is meant first.
        QList<NewIds> newIds;
        for (MopSteps *steps : lists) {
            newIds.emplaceBack();
            for (MopStep &step : *steps) {
                const QString old = std::exchange(step.id, newUuid());
                newIds.last().insert(old, step.id);
            }
        }
        for (qsizetype i = 0; i < lists.size(); ++i) {
            for (MopStep &step : *lists.at(i)) {
                if (step.pairedStepId)
                    step.pairedStepId = renamed(*step.pairedStepId, newIds.at(i), newIds.first());
                if (Status adopted = adopt(step); !adopted)
                    return adopted;
            }
        }
        return {};
    }

    static std::optional<QString> renamed(const QString &id, const NewIds &own, const NewIds &common)
    {
        for (const NewIds *ids : {&own, &common}) {
            if (const auto found = ids->constFind(id); found != ids->cend())
                return *found;
        }
        return std::nullopt;
    }

    Status adopt(MopStep &step)
    {
        static const QStringList kTypes{u"pre_check"_s, u"change"_s, u"post_check"_s, u"rollback"_s, u"api_action"_s};
        if (!kTypes.contains(step.stepType))
            warn(u"'%1' is an unknown type of step."_s.arg(step.stepType));
        step.status = u"pending"_s;
        step.output.reset();
        step.executedAt.reset();
        step.aiFeedback.reset();
        return dropUnknownDevices(step);
    }

    Status dropUnknownDevices(MopStep &step)
    {
        if (!step.deviceIds)
            return {};
        QList<QString> known;
        for (const QString &id : *step.deviceIds) {
            const auto exists = m_connection.value(u"SELECT 1 FROM sessions WHERE id = ?"_s, {id});
            if (!exists)
                return exists.error();
            if (exists->isValid())
                known.append(id);
        }
        if (known.size() < step.deviceIds->size())
            warn(u"%1 devices of the step '%2' are unknown here and were left out."_s
                     .arg(step.deviceIds->size() - known.size())
                     .arg(step.command.left(80)));
        step.deviceIds = known;
        return {};
    }

    Status createDocument(Change &change)
    {
        if (!m_plan.document)
            return {};
        static const QStringList kTypes{u"csv"_s,  u"json"_s,     u"jinja"_s,    u"config"_s,
                                        u"text"_s, u"markdown"_s, u"recording"_s};
        if (Status name = checkText(m_plan.document->name, "document.name"_L1, {.maxBytes = kMaxNameBytes}); !name)
            return name;
        const QString &type = m_plan.document->contentType;
        const auto id = insertPlainDocument(m_connection, {.name = m_plan.document->name,
                                                           .category = u"mops"_s,
                                                           .contentType = kTypes.contains(type) ? type : u"text"_s,
                                                           .parentFolder = {},
                                                           .sessionId = {},
                                                           .content = textFromUtf8(m_plan.document->content.bytes)});
        if (!id)
            return id.error();
        change.documentId = *id;
        m_result.documentCreated = true;
        return {};
    }

    Connection &m_connection;
    PackagedPlan m_plan;
    MopImportResult m_result;
};

} // namespace

std::optional<PackageFault> moppackage::faultOfKind(const JsonValue &body)
{
    if (!body.IsObject())
        return std::nullopt; // the field table says so
    const auto textOf = [&body](const char *name) {
        const JsonValue *value = memberOf(body, name);
        return value && value->IsString() ? toQString(*value) : QString();
    };
    const QLatin1StringView format(MopPackage::kFormat);
    if (memberOf(body, "format") && textOf("format") != format)
        return PackageFault{"INVALID_FORMAT", u"field 'format' must be '%1'"_s.arg(format), u"format"_s};
    const QString version = textOf("version");
    const bool isKnown = std::ranges::any_of(std::array{u"1"_s, u"2"_s}, [&version](const QString &major) {
        return version == major || version.startsWith(major + u'.');
    });
    if (memberOf(body, "version") && !isKnown)
        return PackageFault{"UNSUPPORTED_VERSION", u"field 'version' must be 1.x or 2.x"_s, u"version"_s};
    return std::nullopt;
}

std::optional<PackageFault> moppackage::faultOfSteps(const PackagedPlan &plan)
{
    if (auto fault = faultOfCommands(plan.steps.steps, u"mop.steps"_s))
        return fault;
    if (!plan.deviceOverrides)
        return std::nullopt;
    for (auto it = plan.deviceOverrides->cbegin(); it != plan.deviceOverrides->cend(); ++it) {
        if (auto fault = faultOfCommands(it.value().steps, u"mop.device_overrides[\"%1\"]"_s.arg(it.key())))
            return fault;
    }
    return std::nullopt;
}

Result<MopImportResult> moppackage::importPlan(Connection &connection, const PackagedPlan &plan)
{
    if (Status valid = checkPlan(plan); !valid)
        return valid.error();
    return Import(connection, plan).run();
}

} // namespace agent
