#include "modelcase.h"

#include "devicememory/devicememory.h"
#include "exec/aiexec.h"
#include "exec/bulkcommand.h"
#include "groups/group.h"
#include "groups/layout.h"
#include "history/historyentry.h"
#include "jumps/jumphost.h"
#include "mappedkeys/mappedkey.h"
#include "notes/sessionnote.h"
#include "profiles/profile.h"
#include "recordings/recording.h"
#include "sessionimport/importplan.h"
#include "sessions/folder.h"
#include "sessions/session.h"
#include "sessions/sessionexport.h"
#include "sftp/fileentry.h"
#include "snippets/snippet.h"
#include "terminallogs/terminallogs.h"
#include "tunnels/tunnel.h"
#include "vault/profilecredentials.h"

using namespace agent;
using namespace agent::test;
using namespace Qt::StringLiterals;

namespace {

template <Described... Models>
struct ModelList
{
};

/// Every model that a header declares (tests/architecture finds a missing one). A new model is a new line.
using AllModels =
    ModelList<AiCommandResult, AiExecAnswer, AiExecRequest, BulkAnswer, BulkRequest, CommandResult, CredentialSummary,
              DeviceMemory, ExportData, ExportFolder, ExportMappedKey, ExportSession, ExportSnippet, FileEntry,
              FileListing, Folder, Group, GroupTab, HistoryEntry, ImportResult, JumpHost, Layout, LayoutTab, LogText,
              MappedKey, MemoryEntry, PortForward, Profile, Recording, RecordingText, Session, SessionNote, Snippet,
              Tunnel, TunnelRuntimeState, TunnelState, TunnelWithState, sessionimport::ImportPlan,
              sessionimport::PlanResult, sessionimport::PlannedFolder, sessionimport::PlannedJumpHost,
              sessionimport::PlannedProfile, sessionimport::PlannedSession>;

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

template <Described... Models>
void addRows(ModelList<Models...>)
{
    ((QTest::newRow(Schema<Models>::name) << Run(&runCases<Models>)), ...);
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
