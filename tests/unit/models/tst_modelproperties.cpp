#include "modelcase.h"

#include "agents/agentdefinition.h"
#include "aidata/aiconversation.h"
#include "aidata/aimemory.h"
#include "aidata/aiprofile.h"
#include "api/bulkdelete.h"
#include "apiresources/apiresource.h"
#include "apiresources/callresult.h"
#include "changes/change.h"
#include "changes/changesnapshot.h"
#include "changes/moppackage.h"
#include "customcommands/customcommand.h"
#include "devicememory/devicememory.h"
#include "documents/document.h"
#include "documents/documentversion.h"
#include "enrichment/enrichanswers.h"
#include "enrichment/enrichmentmatcher.h"
#include "enrichment/enrichmentsource.h"
#include "enrichment/enrichmenttoml.h"
#include "exec/aiexec.h"
#include "exec/bulkcommand.h"
#include "gitaccounts/gitaccount.h"
#include "groups/group.h"
#include "groups/layout.h"
#include "highlights/highlightrule.h"
#include "history/historyentry.h"
#include "integrations/netboxsource.h"
#include "jumps/jumphost.h"
#include "lookups/lookupanswers.h"
#include "lookups/ouirefresh.h"
#include "mappedkeys/mappedkey.h"
#include "mcp/mcpserver.h"
#include "mop/mopexecution.h"
#include "mop/mopexecutiondevice.h"
#include "mop/mopexecutionstep.h"
#include "mop/moptemplate.h"
#include "mop/snapshotdiff.h"
#include "mop/stepdiff.h"
#include "notes/sessionnote.h"
#include "profiles/profile.h"
#include "quickactions/quickaction.h"
#include "quickprompts/quickprompt.h"
#include "recordings/recording.h"
#include "scripts/script.h"
#include "scripts/scriptanalysis.h"
#include "search/searchresult.h"
#include "sessionimport/importplan.h"
#include "sessions/folder.h"
#include "sessions/moves.h"
#include "sessions/session.h"
#include "sessions/sessionexport.h"
#include "sftp/fileentry.h"
#include "smtp/smtpconfig.h"
#include "snippets/snippet.h"
#include "tasks/agenttask.h"
#include "tasks/openinteractions.h"
#include "terminallogs/terminallogs.h"
#include "topologies/topology.h"
#include "topologies/topologyannotation.h"
#include "tunnels/tunnel.h"
#include "vault/profilecredentials.h"

using namespace agent;
using namespace agent::test;
using namespace Qt::StringLiterals;

namespace agent::test {

template <>
struct Arbitrary<StepOrder>
{
    static StepOrder make(QRandomGenerator &random) { return {Arbitrary<qint64>::make(random)}; }
    static constexpr bool reads(JsonKind json) { return json == JsonKind::Integer || json == JsonKind::Fraction; }
};

template <>
struct Arbitrary<MopSteps>
{
    static MopSteps make(QRandomGenerator &random)
    {
        MopSteps steps;
        static_cast<QList<MopStep> &>(steps) = Arbitrary<QList<MopStep>>::make(random);
        return steps;
    }
};

template <>
struct Arbitrary<PackagedSteps>
{
    static PackagedSteps make(QRandomGenerator &random) { return {Arbitrary<MopSteps>::make(random)}; }
};

} // namespace agent::test

namespace {

template <Described... Models>
struct ModelList
{
};

/// Every model that a header declares (tests/architecture finds a missing one). A new model is a new line.
using AllModels = ModelList<
    ActiveMatcher, ActiveMatchers, AgentDefinition, AgentTask, AiCommandResult, AiConversation, AiConversationSummary,
    AiExecAnswer, AiExecRequest, AiMemory, AiProfile, ApiResource, AsnAnswer, AuthFlowStep, BulkAnswer, BulkDelete,
    BulkDeleteResult, BulkRequest, Change, ChangeSnapshot, CliFlavorMappings, CommandResult, CrawlerSource,
    CredentialSummary, CustomCommand, CustomHeader, DeviceFilters, DeviceMemory, DiffEntry, DiffSummary, DnsAnswer,
    DocumentVersion, EnrichAnswer, EnrichmentImportResult, EnrichmentMatcher, EnrichmentSource, ExportData,
    ExportFolder, ExportMappedKey, ExportSession, ExportSnippet, FileEntry, FileListing, Folder, GitAccount, Group,
    GroupTab, HighlightRule, HistoryEntry, ImportResult, JumpHost, Layout, LayoutTab, LibreNmsSource, LogText,
    MappedKey, MatchAnswer, MatchRequest, McpServer, McpTool, MemoryEntry, MopExecution, MopExecutionDevice,
    MopExecutionStep, MopImportResult, MopPackage, MopStep, MopTemplate, MoveFolder, MoveIntoFolder, NetBoxSource,
    OuiAnswer, OuiRefreshAnswer, PackagedDocument, PackagedPlan, PatternMatch, PatternTest, PatternTestRequest,
    PendingInteraction, PickedField, PortForward, Profile, ProfileMappings, QuickAction, QuickActionResult, QuickPrompt,
    Recording, RecordingText, Resolution, Script, ScriptAnalysis, ScriptParam, SearchAnswer, SearchResult, Session,
    SessionNote, SmtpConfig, SnapshotDiff, Snippet, SourceAnswer, SourceRequest, SourceTestAnswer, SourceTestRequest,
    StepDiff, StoredDocument, SyncFilters, SyncResult, TaskList, TaskMessage, Topology, TopologyAnnotation,
    TopologyConnection, TopologyDetail, TopologyDevice, Tunnel, TunnelRuntimeState, TunnelState, TunnelWithState,
    WhoisAnswer, WhoisSummary, sessionimport::ImportPlan, sessionimport::PlannedFolder, sessionimport::PlannedJumpHost,
    sessionimport::PlannedProfile, sessionimport::PlannedSession, sessionimport::PlanResult>;

/// AGENT_SEED repeats a run, AGENT_CASES makes it longer.
quint32 seed()
{
    static const quint32 value = qEnvironmentVariableIsSet("AGENT_SEED") ? qEnvironmentVariable("AGENT_SEED").toUInt()
                                                                         : QRandomGenerator::global()->generate();
    return value;
}

int cases() { return qEnvironmentVariableIsSet("AGENT_CASES") ? qEnvironmentVariableIntValue("AGENT_CASES") : 10'000; }

template <Described Model>
void runCases()
{
    QRandomGenerator random(seed());
    for (int i = 0; i < cases(); ++i) {
        const ModelCase<Model> one(random);
        switch (i % 4) {
        case 0:
            one.writesWhatItReads();
            break;
        case 1:
            one.readsWholeBodies();
            break;
        case 2:
            one.readsAbsentAndNull();
            break;
        case 3:
            one.namesTheFieldOfAWrongType();
            break;
        }
        if (QTest::currentTestFailed()) {
            qWarning("case %d of AGENT_SEED=%u", i, seed());
            return;
        }
    }
}

using Run = void (*)();

/// One row for each model of this part of the list: all of them in one program take the compiler too much memory.
template <Described Model, std::size_t index>
void addRow()
{
    if constexpr (index % AGENT_MODEL_PARTS == AGENT_MODEL_PART)
        QTest::newRow(Schema<Model>::name) << Run(&runCases<Model>);
}

template <Described... Models>
void addRows(ModelList<Models...>)
{
    [&]<std::size_t... indices>(std::index_sequence<indices...>) {
        (addRow<Models, indices>(), ...);
    }(std::index_sequence_for<Models...>());
}

} // namespace

Q_DECLARE_METATYPE(Run)

/// What the field tables promise for every model, over random values: what is written reads back, unknown fields are
/// ignored, null and absence do what the flags say, a wrong type is named.
class TestModelProperties : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase() { qInfo("AGENT_SEED=%u, %d cases a model", seed(), cases()); }
    void everyModelReadsWhatItWritesAndNamesWhatIsWrong_data()
    {
        QTest::addColumn<Run>("run");
        addRows(AllModels());
    }
    void everyModelReadsWhatItWritesAndNamesWhatIsWrong()
    {
        QFETCH(Run, run);
        run();
    }
};

QTEST_GUILESS_MAIN(TestModelProperties)
#include "tst_modelproperties.moc"
