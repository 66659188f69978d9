#include "customcommands/customcommand.h"
#include "customcommands/customcommandroutes.h"
#include "highlights/highlightroutes.h"
#include "highlights/highlightrule.h"
#include "quickprompts/quickprompt.h"
#include "quickprompts/quickpromptroutes.h"
#include "resourcebench.h"
#include "resourcechecks/plainresource.h"

#include <QRandomGenerator>

using namespace agent;
using namespace agent::test;
using namespace Qt::StringLiterals;

/// The everyday lists: contract 06 sections 4, 12 and 13.
class LibraryTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init()
    {
        bench = std::make_unique<ResourceBench>();
        registerCustomCommandRoutes(bench->router, bench->database);
        registerHighlightRoutes(bench->router, bench->database);
        registerQuickPromptRoutes(bench->router, bench->database);
    }
    void cleanup() { bench.reset(); }

    void customCommandsArePlain();
    void customCommandsHaveTheirDefaults();
    void customCommandsAreOrderedAndSwitched();
    void anActionTypeIsCheckedWhenItIsWritten();
    void highlightRulesArePlain();
    void highlightRulesHaveTheirDefaults();
    void rulesAreListedByPriorityAndBySession();
    void aRuleOfNoSessionIsRefused();
    void rulesGoWithTheirSession();
    void aSessionsRuleReplacesItsGlobalNamesake();
    void effectiveRulesAreWhatTheContractSays();
    void quickPromptsArePlain();
    void quickPromptsListTheFavoritesFirst();

private:
    QByteArray makeSession(const QByteArray &name) { return bench->makeSession(name, bench->makeProfile("p" + name)); }
    QByteArray makeRule(const QByteArray &name, const QByteArray &more = {})
    {
        return bench->make("/api/highlight-rules", R"({"name":")" + name + R"(","pattern":"x")" + more + '}');
    }

    std::unique_ptr<ResourceBench> bench;
};

void LibraryTest::customCommandsArePlain()
{
    PlainResourceChecks<CustomCommand>(
        bench->call,
        {.path = "/api/custom-commands",
         .sample =
             R"({"name":"n","command":"ping {value}","detection_types":"[\"ipv4\",\"regex:^x$\"]","sort_order":2,)"
             R"("enabled":false,"action_type":"quick_action","quick_action_id":"q","quick_action_variable":"v",)"
             R"("script_id":"s","show_in_force_click":true})",
         .bounds = {{"name", 1024}, {"command", 64 * 1024}, {"detection_types", 64 * 1024}, {"script_id", 256}}})
        .run();
}

void LibraryTest::customCommandsHaveTheirDefaults()
{
    const Answer made = bench->call.post("/api/custom-commands", R"({"name":"n","command":""})");
    QCOMPARE(made.status, 201);
    QByteArray rest = made.body;
    rest.replace(made.text("id").toLatin1(), "*").replace(made.text("created_at").toLatin1(), "*");
    QCOMPARE(rest, R"({"id":"*","name":"n","command":"","detection_types":null,"sort_order":0,"enabled":true,)"
                   R"("created_at":"*","action_type":"terminal","quick_action_id":null,"quick_action_variable":null,)"
                   R"("script_id":null,"show_in_force_click":false})");
    QVERIFY(QRegularExpression(u"^\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\dZ$"_s)
                .match(made.text("created_at"))
                .hasMatch());
}

void LibraryTest::customCommandsAreOrderedAndSwitched()
{
    bench->make("/api/custom-commands", R"({"name":"b","command":"c","sort_order":1})");
    bench->make("/api/custom-commands", R"({"name":"a","command":"c","sort_order":1})");
    const QByteArray id = bench->make("/api/custom-commands", R"({"name":"z","command":"c"})");
    QCOMPARE(bench->names("/api/custom-commands"), (QStringList{u"z"_s, u"a"_s, u"b"_s}));
    const Answer off = bench->call.put("/api/custom-commands/" + id, R"({"enabled":false})");
    QCOMPARE(off.status, 200);
    QVERIFY(!off.json()["enabled"].GetBool());
    QCOMPARE(off.text("command"), u"c"_s);
}

void LibraryTest::anActionTypeIsCheckedWhenItIsWritten()
{
    const Answer odd = bench->call.post("/api/custom-commands", R"({"name":"n","command":"","action_type":"dance"})");
    QCOMPARE(odd.status, 400);
    QCOMPARE(odd.text("field"), u"action_type"_s);
    const QByteArray path =
        "/api/custom-commands/" + bench->make("/api/custom-commands", R"({"name":"n","command":"c"})");
    QCOMPARE(bench->call.put(path, R"({"action_type":"dance"})").status, 400);
    // What another agent has stored can be seen and switched.
    bench->sql(u"UPDATE custom_commands SET action_type = 'future' RETURNING 1"_s);
    const Answer off = bench->call.put(path, R"({"enabled":false})");
    QCOMPARE(off.status, 200);
    QCOMPARE(off.text("action_type"), u"future"_s);
}

void LibraryTest::highlightRulesArePlain()
{
    const QByteArray session = makeSession("r1");
    PlainResourceChecks<HighlightRule>(
        bench->call,
        {.path = "/api/highlight-rules",
         .sample = R"({"name":"n","pattern":"(?i)\\berror\\b","is_regex":true,"case_sensitive":true,"whole_word":true,)"
                   R"("foreground":"#FF0000","background":"#000000","bold":true,"italic":true,"underline":true,)"
                   R"("category":"Status","priority":100,"enabled":false,"session_id":")" +
                   session + "\"}",
         .bounds =
             {{"name", 1024}, {"pattern", 16 * 1024}, {"foreground", 64}, {"background", 64}, {"category", 1024}}})
        .run();
}

void LibraryTest::highlightRulesHaveTheirDefaults()
{
    const Answer made = bench->call.post("/api/highlight-rules", R"({"name":"n","pattern":"p"})");
    QByteArray rest = made.body;
    rest.replace(made.text("id").toLatin1(), "*").replace(made.text("created_at").toLatin1(), "*");
    QCOMPARE(rest,
             R"({"id":"*","name":"n","pattern":"p","is_regex":false,"case_sensitive":false,"whole_word":false,)"
             R"("foreground":null,"background":null,"bold":false,"italic":false,"underline":false,)"
             R"("category":"Custom","priority":0,"enabled":true,"session_id":null,"created_at":"*","updated_at":"*"})");
    QCOMPARE(bench->call.get("/api/highlight-rules").json().Size(), 1u);
}

void LibraryTest::rulesAreListedByPriorityAndBySession()
{
    const QByteArray session = makeSession("r1");
    makeRule("b", R"(,"priority":2)");
    makeRule("a", R"(,"priority":2,"session_id":")" + session + '"');
    makeRule("z", R"(,"priority":-1)");
    QCOMPARE(bench->names("/api/highlight-rules"), (QStringList{u"z"_s, u"a"_s, u"b"_s}));
    QCOMPARE(bench->names("/api/highlight-rules?session_id=" + session), QStringList{u"a"_s});
    QCOMPARE(bench->call.get("/api/highlight-rules?session_id=nope").body, "[]");
}

void LibraryTest::aRuleOfNoSessionIsRefused()
{
    const Answer refused =
        bench->call.post("/api/highlight-rules", R"({"name":"n","pattern":"p","session_id":"nope"})");
    QCOMPARE(refused.status, 400);
    QCOMPARE(refused.text("field"), u"session_id"_s);
    QCOMPARE(bench->call.put("/api/highlight-rules/" + makeRule("n"), R"({"session_id":"nope"})").status, 400);
}

void LibraryTest::rulesGoWithTheirSession()
{
    const QByteArray session = makeSession("r1");
    makeRule("global");
    makeRule("own", R"(,"session_id":")" + session + '"');
    QCOMPARE(bench->call.remove("/api/sessions/" + session).status, 204);
    QCOMPARE(bench->names("/api/highlight-rules"), QStringList{u"global"_s});
}

void LibraryTest::aSessionsRuleReplacesItsGlobalNamesake()
{
    const QByteArray session = makeSession("r1");
    const QByteArray effective = "/api/sessions/" + session + "/highlight-rules/effective";
    makeRule("ip", R"(,"priority":5)");
    makeRule("mac", R"(,"priority":9)");
    const QByteArray own = makeRule("ip", R"(,"priority":9,"session_id":")" + session + '"');
    // The session's own comes first at equal priority, whatever its name.
    QCOMPARE(bench->names(effective), (QStringList{u"ip"_s, u"mac"_s}));
    QCOMPARE(bench->call.get(effective).json()[0]["id"].GetString(), own);
    // Disabled, it hides nothing.
    bench->call.put("/api/highlight-rules/" + own, R"({"enabled":false})");
    QCOMPARE(bench->names(effective), (QStringList{u"ip"_s, u"mac"_s}));
    QVERIFY(bench->call.get(effective).json()[0]["session_id"].IsNull());
    // Names are compared to the letter.
    bench->call.put("/api/highlight-rules/" + own, R"({"enabled":true,"name":"IP"})");
    QCOMPARE(bench->names(effective), (QStringList{u"ip"_s, u"IP"_s, u"mac"_s}));
    // A session that is not there has the global ones.
    QCOMPARE(bench->names("/api/sessions/nope/highlight-rules/effective"), (QStringList{u"ip"_s, u"mac"_s}));
}

/// Random rules against the words of section 12, done step by step.
void LibraryTest::effectiveRulesAreWhatTheContractSays()
{
    const QList<QByteArray> sessions{makeSession("r1"), makeSession("r2")};
    QRandomGenerator random(12);
    for (int round = 0; round < 20; ++round) {
        bench->sql(u"DELETE FROM highlight_rules RETURNING 1"_s);
        struct Rule
        {
            QByteArray id, name, owner;
            int priority;
            bool enabled;
        };
        QList<Rule> rules;
        for (int i = random.bounded(25); i > 0; --i) {
            Rule rule{.name = QByteArray(1, char('a' + random.bounded(6))),
                      .owner = QByteArrayList{{}, sessions[0], sessions[1]}[random.bounded(3)],
                      .priority = int(random.bounded(3)) - 1,
                      .enabled = random.bounded(4) > 0};
            rule.id = makeRule(rule.name,
                               ",\"priority\":" + QByteArray::number(rule.priority) +
                                   ",\"enabled\":" + (rule.enabled ? "true" : "false") +
                                   (rule.owner.isEmpty() ? QByteArray() : ",\"session_id\":\"" + rule.owner + '"'));
            rules.append(rule);
        }
        std::ranges::sort(rules, {}, [](const Rule &r) { return std::tuple(r.priority, r.name, r.id); });
        QByteArrayList expected;
        QList<Rule> merged;
        for (const Rule &rule : rules) {
            if (rule.enabled && rule.owner == sessions[0])
                merged.append(rule);
        }
        const QList<Rule> own = merged;
        for (const Rule &rule : rules) {
            if (rule.enabled && rule.owner.isEmpty() && std::ranges::find(own, rule.name, &Rule::name) == own.end())
                merged.append(rule);
        }
        std::ranges::stable_sort(merged, {}, &Rule::priority);
        for (const Rule &rule : merged)
            expected.append(rule.id);
        QByteArrayList found;
        const Answer answer = bench->call.get("/api/sessions/" + sessions[0] + "/highlight-rules/effective");
        for (const JsonValue &rule : answer.json().GetArray())
            found.append(rule["id"].GetString());
        QCOMPARE(found, expected);
    }
}

void LibraryTest::quickPromptsArePlain()
{
    PlainResourceChecks<QuickPrompt>(bench->call,
                                     {.path = "/api/quick-prompts",
                                      .sample = R"({"name":"n","prompt":"Why?\nReally.","is_favorite":true})",
                                      .bounds = {{"name", 1024}, {"prompt", 1024 * 1024}},
                                      .hasItemGet = false})
        .run();
    QCOMPARE(bench->call.get("/api/quick-prompts/x").status, 405);
}

void LibraryTest::quickPromptsListTheFavoritesFirst()
{
    bench->make("/api/quick-prompts", R"({"name":"b","prompt":"p"})");
    bench->make("/api/quick-prompts", R"({"name":"a","prompt":"p","shared":true})");
    bench->make("/api/quick-prompts", R"({"name":"z","prompt":"p","is_favorite":true})");
    QCOMPARE(bench->names("/api/quick-prompts"), (QStringList{u"z"_s, u"a"_s, u"b"_s}));
}

QTEST_GUILESS_MAIN(LibraryTest)
#include "tst_library.moc"
