#include "api/crud.h"
#include "changes/change.h"
#include "changes/moppackage.h"
#include "outputs/plaindocument.h"
#include "sessions/session.h"

#include <rapidjson/prettywriter.h>
#include <rapidjson/stringbuffer.h>

#include <algorithm>

namespace agent {

using namespace Qt::StringLiterals;

namespace {

/// What only the agent that ran a step knows of it.
bool isOfOneRun(std::string_view field)
{
    constexpr std::array<std::string_view, 4> kOfOneRun{"status", "output", "executed_at", "ai_feedback"};
    return std::ranges::find(kOfOneRun, field) != kOfOneRun.end();
}

void writeStep(JsonWriter &writer, const MopStep &step)
{
    writer.beginObject();
    forEachField<MopStep>([&]<typename FieldType>(const FieldType &field) {
        if (isOfOneRun(field.key))
            return;
        const auto &value = step.*field.member;
        if constexpr (isOptional<typename FieldType::Type>) {
            if (!value)
                return;
        }
        writeMember(writer, field, value);
    });
    writer.endObject();
}

constexpr auto kMetadata = R"({"tags":[],"platform_hints":[],"lineage":{"revision":1},)"
                           R"("review":{"reviewers":[],"comments":[]},"custom":{}})";

/// Overrides by device name instead of by session id, which means nothing elsewhere. A name that stands for two
/// sessions would lose one of them, so its second keeps the id.
Result<QMap<QString, PackagedSteps>> namedOverrides(Connection &connection, const DeviceOverrides &overrides)
{
    QMap<QString, PackagedSteps> named;
    for (auto it = overrides.cbegin(); it != overrides.cend(); ++it) {
        auto session = repository::find<Session>(connection, it.key());
        if (!session)
            return session.error();
        QString key = *session ? u"%1 (%2)"_s.arg((*session)->name, (*session)->host) : it.key();
        if (named.contains(key))
            key = it.key();
        named.insert(key, {it.value()});
    }
    return named;
}

Result<std::optional<PackagedDocument>> linkedDocument(Connection &connection, const QString &id)
{
    std::optional<PackagedDocument> document;
    const Status read = connection.scan(u"SELECT name, content_type, content FROM documents WHERE id = ? AND "
                                        "category <> 'notes' AND encrypted_content IS NULL"_s,
                                        {id}, [&document](const Row &row) {
                                            document = {row[0].toText(), row[1].toText(), {row[2].toText().toUtf8()}};
                                        });
    if (!read)
        return read.error();
    return document;
}

QString prettyText(const MopPackage &package)
{
    const auto document = JsonDocument::parse(encode(package));
    Q_ASSERT(document.ok()); // it is our own
    rapidjson::StringBuffer buffer;
    rapidjson::PrettyWriter<rapidjson::StringBuffer> writer(buffer);
    writer.SetIndent(' ', 2);
    document->root().Accept(writer);
    return QString::fromUtf8(buffer.GetString(), qsizetype(buffer.GetSize()));
}

Status keepAsDocument(Connection &connection, const MopPackage &package)
{
    const auto kept = insertPlainDocument(connection, {.name = package.plan.name + ".mop.json"_L1,
                                                       .category = u"mops"_s,
                                                       .contentType = u"json"_s,
                                                       .parentFolder = {},
                                                       .sessionId = {},
                                                       .content = prettyText(package)});
    return kept ? Status() : Status(kept.error());
}

} // namespace

void JsonCodec<PackagedSteps>::write(JsonWriter &writer, const PackagedSteps &packaged)
{
    writer.beginArray();
    for (const MopStep &step : packaged.steps)
        writeStep(writer, step);
    writer.endArray();
}

Result<MopPackage> moppackage::exportChange(Connection &connection, const QString &id)
{
    auto change = repository::get<Change>(connection, id);
    if (!change)
        return change.error();
    MopPackage package{.exportedAt = preciseNowWithOffset(),
                       .source = u"NetStacks Agent " AGENT_VERSION ""_s,
                       .plan = {.name = change->name,
                                .description = change->description,
                                .author = change->createdBy,
                                .steps = {change->steps},
                                .deviceOverrides = {},
                                .document = {}},
                       .metadata = RawObject{kMetadata}};
    if (change->deviceOverrides) {
        auto named = namedOverrides(connection, *change->deviceOverrides);
        if (!named)
            return named.error();
        package.plan.deviceOverrides = std::move(*named);
    }
    if (change->documentId) {
        auto document = linkedDocument(connection, *change->documentId);
        if (!document)
            return document.error();
        package.plan.document = std::move(*document);
    }
    if (Status kept = keepAsDocument(connection, package); !kept)
        return kept.error();
    return package;
}

} // namespace agent
