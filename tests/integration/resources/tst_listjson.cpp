#include "agents/agentdefinition.h"
#include "aidata/aiconversation.h"
#include "aidata/aimemory.h"
#include "aidata/aiprofile.h"
#include "apiresources/apiresource.h"
#include "changes/change.h"
#include "changes/changesnapshot.h"
#include "customcommands/customcommand.h"
#include "devicememory/devicememory.h"
#include "documents/document.h"
#include "documents/documentversion.h"
#include "enrichment/enrichmentmatcher.h"
#include "enrichment/enrichmentsource.h"
#include "gitaccounts/gitaccount.h"
#include "groups/group.h"
#include "groups/layout.h"
#include "highlights/highlightrule.h"
#include "history/historyentry.h"
#include "integrations/netboxsource.h"
#include "jumps/jumphost.h"
#include "mappedkeys/mappedkey.h"
#include "mcp/mcpserver.h"
#include "mop/mopexecution.h"
#include "mop/mopexecutiondevice.h"
#include "mop/mopexecutionstep.h"
#include "mop/moptemplate.h"
#include "notes/sessionnote.h"
#include "profiles/profile.h"
#include "quickactions/quickaction.h"
#include "quickprompts/quickprompt.h"
#include "recordings/recording.h"
#include "scripts/script.h"
#include "sessions/folder.h"
#include "sessions/session.h"
#include "smtp/smtpconfig.h"
#include "snippets/snippet.h"
#include "storage/rowjson.h"
#include "tasks/agenttask.h"
#include "topologies/topology.h"
#include "topologies/topologyannotation.h"
#include "tunnels/tunnel.h"

#include <QTest>

using namespace agent;
using namespace Qt::StringLiterals;

namespace {

/// What files of any age may hold in a column, as SQL.
const QStringList kAwkward{
    u"NULL"_s,
    u"''"_s,
    u"0"_s,
    u"1"_s,
    u"-1"_s,
    u"70000"_s,
    u"2.5"_s,
    u"1e300"_s,
    u"9e999"_s,
    u"9223372036854775807"_s,
    u"'plain text, longer than a word'"_s,
    u"'ünïcode 😀 \u2028'"_s,
    u"'\"quoted\" \\ back'"_s,
    u"CAST(X'01091f0a7f00410d' AS TEXT)"_s,     // control characters, a NUL inside
    u"CAST(X'efbbbf616263' AS TEXT)"_s,         // a byte order mark
    u"CAST(X'61ff62' AS TEXT)"_s,               // no UTF-8
    u"CAST(X'6162636465666768e282' AS TEXT)"_s, // cut off
    u"CAST(X'eda080' AS TEXT)"_s,               // a surrogate
    u"CAST(X'efbfbf' AS TEXT)"_s,               // U+FFFF
    u"X'0102'"_s,
    u"'2024-01-02 03:04:05'"_s,
    u"'2024-01-02T03:04:05Z'"_s,
    u"'2024-01-02T03:04:05.678+02:00'"_s,
    u"'2024-02-30 00:00:00'"_s,
    u"'2024-12-31 23:59:60'"_s,
    u"'2024-01-02 03:04:0x'"_s,
    u"'null'"_s,
    u"'[]'"_s,
    u"'{}'"_s,
    u"'[1,'"_s,
    u"'[1.50, 2]'"_s,
    u"'[\"a\",\"b\"]'"_s,
    u"' [ \"a\\u0041\" , \"\\\"\" ] '"_s,
    u"'[{\"id\":\"f\",\"local_port\":1}]'"_s,
    u"'[{\"id\":\"f\",\"local_port\":1,\"forward_type\":\"dynamic\",\"more\":[]}]'"_s,
    u"'[{\"id\":\"f\"}]'"_s,
    u"'[{\"type\":\"terminal\",\"session_id\":\"s\"}]'"_s,
    u"'ssh'"_s,
    u"'telnet'"_s,
    u"'SSH'"_s,
    u"'session'"_s,
    u"'key'"_s,
    u"'cisco-xr'"_s,
    u"'cisco-iosxr'"_s,
    u"'ask'"_s,
};

/// A table of this model without types and constraints, so that it takes whatever old files hold.
template <Stored Model>
Status makeTable(Connection &connection)
{
    QStringList columns;
    forEachField<Model>([&](const auto &field) {
        if (!field.is(FieldFlag::NotStored))
            columns.append(QLatin1StringView(field.name).toString());
    });
    const QLatin1StringView table(Table<Model>::table);
    QString script = u"CREATE TABLE %1 (%2);"_s.arg(table, columns.join(u", "_s));
    for (const QString &value : kAwkward) {
        // In one column each, twice in a row, and in all at once.
        for (const QString &column : columns)
            script += u"INSERT INTO %1 (%2) VALUES (%3), (%3);"_s.arg(table, column, value);
        script += u"INSERT INTO %1 VALUES (%2);"_s.arg(table, QStringList(columns.size(), value).join(u", "_s));
    }
    return connection.executeScript(script);
}

template <Stored Model>
void compare(const QString &tail = {}, const QVariantList &values = {})
{
    Connection connection;
    QVERIFY(connection.open(u":memory:"_s));
    const Status made = makeTable<Model>(connection);
    QVERIFY2(made, made ? "" : qPrintable(made.error().message));

    QByteArrayList expected;
    QVERIFY(repository::forEach<Model>(connection, tail, values,
                                       [&](const Model &model) { expected.append(encode(model)); }));
    QVERIFY(!expected.isEmpty());
    const auto list = repository::listJson<Model>(connection, tail, values);
    QVERIFY2(list, list ? "" : qPrintable(list.error().message));
    QCOMPARE(*list, '[' + expected.join(',') + ']');
}

} // namespace

using Comparison = void (*)();

class TestListJson : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void aListIsWhatItsModelsAre_data();
    void aListIsWhatItsModelsAre();
    void aTailKeepsItsMeaning();
    void anEmptyListIsAnEmptyArray();
    void anErrorOfSqliteComesBack();
};

void TestListJson::aListIsWhatItsModelsAre_data()
{
    QTest::addColumn<Comparison>("compareModel");
    const auto add = []<Stored Model>(Model *) { QTest::newRow(Schema<Model>::name) << +[] { compare<Model>(); }; };
    add(static_cast<Session *>(nullptr));
    add(static_cast<Folder *>(nullptr));
    add(static_cast<Profile *>(nullptr));
    add(static_cast<JumpHost *>(nullptr));
    add(static_cast<HistoryEntry *>(nullptr));
    add(static_cast<SessionNote *>(nullptr));
    add(static_cast<DeviceMemory *>(nullptr));
    add(static_cast<MemoryEntry *>(nullptr));
    add(static_cast<Group *>(nullptr));
    add(static_cast<Layout *>(nullptr));
    add(static_cast<Snippet *>(nullptr));
    add(static_cast<Recording *>(nullptr));
    add(static_cast<Script *>(nullptr));
    add(static_cast<Tunnel *>(nullptr));
    add(static_cast<MappedKey *>(nullptr));
    add(static_cast<EnrichmentSource *>(nullptr));
    add(static_cast<EnrichmentMatcher *>(nullptr));
    add(static_cast<ApiResource *>(nullptr));
    add(static_cast<QuickAction *>(nullptr));
    add(static_cast<CustomCommand *>(nullptr));
    add(static_cast<StoredDocument *>(nullptr));
    add(static_cast<DocumentVersion *>(nullptr));
    add(static_cast<HighlightRule *>(nullptr));
    add(static_cast<QuickPrompt *>(nullptr));
    add(static_cast<AgentDefinition *>(nullptr));
    add(static_cast<AgentTask *>(nullptr));
    add(static_cast<TaskMessage *>(nullptr));
    add(static_cast<AiProfile *>(nullptr));
    add(static_cast<AiMemory *>(nullptr));
    add(static_cast<AiConversationSummary *>(nullptr));
    add(static_cast<AiConversation *>(nullptr));
    add(static_cast<Topology *>(nullptr));
    add(static_cast<TopologyDevice *>(nullptr));
    add(static_cast<TopologyConnection *>(nullptr));
    add(static_cast<TopologyAnnotation *>(nullptr));
    add(static_cast<NetBoxSource *>(nullptr));
    add(static_cast<LibreNmsSource *>(nullptr));
    add(static_cast<CrawlerSource *>(nullptr));
    add(static_cast<McpServer *>(nullptr));
    add(static_cast<McpTool *>(nullptr));
    add(static_cast<SmtpConfig *>(nullptr));
    add(static_cast<GitAccount *>(nullptr));
    add(static_cast<Change *>(nullptr));
    add(static_cast<ChangeSnapshot *>(nullptr));
    add(static_cast<MopTemplate *>(nullptr));
    add(static_cast<MopExecution *>(nullptr));
    add(static_cast<MopExecutionDevice *>(nullptr));
    add(static_cast<MopExecutionStep *>(nullptr));
}

void TestListJson::aListIsWhatItsModelsAre()
{
    QFETCH(Comparison, compareModel);
    compareModel();
}

void TestListJson::aTailKeepsItsMeaning()
{
    compare<Session>(u"WHERE sort_order IS ?"_s, {qint64(1)});
    compare<Session>(u"ORDER BY host DESC, rowid"_s);
    compare<Session>(u"WHERE name IS NOT NULL ORDER BY name, rowid LIMIT ?"_s, {qint64(7)});
}

void TestListJson::anEmptyListIsAnEmptyArray()
{
    Connection connection;
    QVERIFY(connection.open(u":memory:"_s));
    QVERIFY(makeTable<Snippet>(connection));
    QCOMPARE(repository::listJson<Snippet>(connection, u"WHERE id = 'none'"_s).value(), "[]"_ba);
    QCOMPARE(repository::listJson<Snippet>(connection, u"WHERE id = 'none' ORDER BY id"_s).value(), "[]"_ba);
}

void TestListJson::anErrorOfSqliteComesBack()
{
    Connection connection;
    QVERIFY(connection.open(u":memory:"_s));
    QCOMPARE(repository::listJson<Snippet>(connection).error().code, ErrorCode::Database);
}

QTEST_GUILESS_MAIN(TestListJson)
#include "tst_listjson.moc"
