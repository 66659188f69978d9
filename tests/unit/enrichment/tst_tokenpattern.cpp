#include "enrichment/sourcevariables.h"
#include "enrichment/tokenpattern.h"

#include <QElapsedTimer>
#include <QTest>

using namespace agent;
using namespace Qt::StringLiterals;

class TokenPatternTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void findsTheFirstMatch();
    void offsetsAreBytesOfUtf8();
    void refusesWhatOthersCannotRead_data();
    void refusesWhatOthersCannotRead();
    void takesWhatLooksLikeIt_data();
    void takesWhatLooksLikeIt();
    void aPatternThatExplodesEnds();
    void variablesAreFilledInOnePass();
    void bracesOfValuesAreNoVariables();
};

void TokenPatternTest::findsTheFirstMatch()
{
    const auto pattern = TokenPattern::compile(uR"((?i)\bgi\d+/\d+\b)"_s);
    QVERIFY(pattern);
    QCOMPARE(pattern->firstMatch(u"on Gi0/1 and Gi0/2"_s), u"Gi0/1"_s);
    QVERIFY(pattern->firstMatch(u"Te0/1"_s).isEmpty());
}

void TokenPatternTest::offsetsAreBytesOfUtf8()
{
    const auto pattern = TokenPattern::compile(uR"(\d+)"_s);
    QVERIFY(pattern);
    const auto found = pattern->allMatches(u"ü1 €22 \U0001F600 333"_s, 10);
    QCOMPARE(found.size(), 3);
    QCOMPARE(found[0].start, 2);
    QCOMPARE(found[0].end, 3);
    QCOMPARE(found[1].start, 7);
    QCOMPARE(found[2].start, 15);
    QCOMPARE(found[2].text, u"333"_s);
    QCOMPARE(pattern->allMatches(u"1 2 3 4"_s, 2).size(), 2);
}

void TokenPatternTest::refusesWhatOthersCannotRead_data()
{
    QTest::addColumn<QString>("pattern");
    for (const char16_t *pattern :
         {u"", u"(", u"[a", u"a(?=b)", u"a(?!b)", u"(?<=a)b", u"(?<!a)b", uR"((a)\1)", uR"((?<n>a)\k<n>)", u"(?>a)",
          u"a++", u"a*+", u"(*LIMIT_MATCH=999999999)a", u"(?R)", u"(?|a|b)", u"(a)(?(1)b|c)", uR"(\Ka)", uR"(\Qa\E)"})
        QTest::addRow("%s", qPrintable(QString::fromUtf16(pattern))) << QString::fromUtf16(pattern);
    QTest::newRow("long") << QString(5000, u'a');
}

void TokenPatternTest::refusesWhatOthersCannotRead()
{
    QFETCH(QString, pattern);
    const auto compiled = TokenPattern::compile(pattern);
    QVERIFY(!compiled);
    QCOMPARE(compiled.error().code, ErrorCode::Validation);
    QCOMPARE(compiled.error().field, u"patterns"_s);
}

void TokenPatternTest::takesWhatLooksLikeIt_data()
{
    QTest::addColumn<QString>("pattern");
    QTest::addColumn<QString>("text");
    QTest::newRow("class") << uR"([(?=+*+\]1]+)"_s << u"(?=+"_s;
    QTest::newRow("escaped") << uR"(\(\?=a\+\+)"_s << u"(?=a++"_s;
    QTest::newRow("group") << u"(?:a|b)c"_s << u"bc"_s;
    QTest::newRow("named") << u"(?P<port>[a-z]+)"_s << u"ge"_s;
    QTest::newRow("flags") << u"(?i)ABC"_s << u"abc"_s;
    QTest::newRow("lazy") << u"a+?b"_s << u"aab"_s;
    QTest::newRow("property") << uR"(\p{L}+)"_s << u"ü"_s;
}

void TokenPatternTest::takesWhatLooksLikeIt()
{
    QFETCH(QString, pattern);
    QFETCH(QString, text);
    const auto compiled = TokenPattern::compile(pattern);
    QVERIFY2(compiled, compiled ? "" : qPrintable(compiled.error().message));
    QVERIFY(!compiled->firstMatch(text).isEmpty());
}

void TokenPatternTest::aPatternThatExplodesEnds()
{
    // Two to the power of its length steps, were they not counted.
    const auto pattern = TokenPattern::compile(u"^(a+)+$"_s);
    QVERIFY(pattern);
    QVERIFY(pattern->firstMatch(QString(200, u'a') + u'b').isEmpty());
}

void TokenPatternTest::variablesAreFilledInOnePass()
{
    const SourceVariables variables{.token = u"{session_name}/a b"_s,
                                    .sessionHost = u"r1"_s,
                                    .sessionHostIp = u"10.0.0.1"_s,
                                    .sessionName = u"edge"_s};
    using Place = SourceVariables::Place;
    QCOMPARE(variables.fill(u"/q={token_url}&h={session_host}&i={session_host_ip}&n={session_name}&s={sessions_host}"_s,
                            Place::Path),
             u"/q=%7Bsession_name%7D%2Fa%20b&h=r1&i=10.0.0.1&n=edge&s=r1"_s);
    QCOMPARE(variables.fill(u"{token}"_s, Place::Expression), u"{session_name}/a b"_s);
    QCOMPARE(variables.fill(u"{unknown} {{token}} {"_s, Place::Expression), u"{unknown} {{session_name}/a b} {"_s);
}

void TokenPatternTest::bracesOfValuesAreNoVariables()
{
    const SourceVariables variables{.token = u"{{password}}"_s};
    QCOMPARE(variables.fill(u"/x/{token}"_s, SourceVariables::Place::Path), u"/x/%7B%7Bpassword%7D%7D"_s);
}

QTEST_GUILESS_MAIN(TokenPatternTest)
#include "tst_tokenpattern.moc"
