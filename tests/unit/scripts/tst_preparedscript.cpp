#include "scripts/inlinemetadata.h"
#include "scripts/preparedscript.h"

#include <QTest>

using namespace agent;
using namespace Qt::StringLiterals;

/// Contract 04 section 5.5 and PEP 723. That what comes out runs: tst_scriptrun.
class PreparedScriptTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void blocks_data();
    void blocks();
    void malformedBlocksAreNamed_data();
    void malformedBlocksAreNamed();
    void metadataIsMadeFromTheImports();
    void theAuthorsMetadataIsKept();
    void modulesBesideTheFileAreNoPackages();
    void aMarkAtTheBeginningDoesNotEndUpInside();
};

void PreparedScriptTest::blocks_data()
{
    QTest::addColumn<QByteArray>("source");
    QTest::addColumn<QByteArray>("dependencies"); // "-": no block
    const auto row = [](const char *name, const QByteArray &source, const QByteArray &dependencies) {
        QTest::newRow(name) << source << dependencies;
    };
    row("none", "import os\n", "-");
    row("empty source", "", "-");
    row("with dependencies", "# /// script\n# dependencies = [\"a>=1\", 'b']\n# ///\n", "a>=1 b");
    row("over lines",
        "# /// script\n# requires-python = \">=3.11\"\n# dependencies = [\n#   \"a\", # why\n# ]\n# ///\nx\n", "a");
    row("without dependencies", "# /// script\n# requires-python = \">=3.11\"\n# ///\n", "");
    row("with tables",
        "# /// script\n# dependencies = [\"a\"]\n# [tool.uv]\n# exclude-newer = \"2025-01-01T00:00:00Z\"\n# ///\n",
        "a");
    row("with empty lines", "# /// script\n#\n# dependencies = []\n#\n# ///\n", "");
    row("behind a shebang", "#!/usr/bin/env python3\n\n# /// script\n# dependencies = [\"a\"]\n# ///\n", "a");
    row("with returns", "# /// script\r\n# dependencies = [\"a\"]\r\n# ///\r\n", "a");
    row("at the end of the file", "# /// script\n# dependencies = [\"a\"]\n# ///", "a");
    row("of another type", "# /// pyproject\n# x = 1\n# ///\n", "-");
    row("behind one of another type", "# /// other\n# x = 1\n# ///\n\n# /// script\n# dependencies = [\"a\"]\n# ///\n",
        "a");
    row("inside one of another type", "# /// other\n# /// script\n# dependencies = [\"a\"]\n# ///\n", "-");
    row("not closed", "# /// script\n# dependencies = [\"a\"]\nimport os\n# ///\n", "-");
    row("a line without a blank", "# /// script\n#dependencies = [\"a\"]\n# ///\n", "-");
    row("nothing in it", "# /// script\n# ///\n", "-");
    row("indented", "  # /// script\n  # dependencies = [\"a\"]\n  # ///\n", "-");
    row("closed by the last line", "# /// script\n# dependencies = [\"a\"]\n# text = '''\n# ///\n# '''\n# ///\n", "a");
}

void PreparedScriptTest::blocks()
{
    QFETCH(QByteArray, source);
    QFETCH(QByteArray, dependencies);
    const auto metadata = inlineMetadata(source);
    QVERIFY2(metadata.ok(), metadata.ok() ? "" : qPrintable(metadata.error().message));
    QCOMPARE(*metadata ? (*metadata)->dependencies.join(' ') : "-"_ba, dependencies);
}

void PreparedScriptTest::malformedBlocksAreNamed_data()
{
    QTest::addColumn<QByteArray>("content");
    QTest::addColumn<QString>("why");
    QTest::newRow("no TOML") << "# dependencies = [\"a\"\n"_ba << u"no TOML"_s;
    QTest::newRow("a text") << "# dependencies = \"a\"\n"_ba << u"no array"_s;
    QTest::newRow("a number") << "# dependencies = [1]\n"_ba << u"no string"_s;
    QTest::newRow("python") << "# requires-python = 3.11\n"_ba << u"requires-python"_s;
    QTest::newRow("deep") << "# a = "_ba + QByteArray(5000, '[') + '\n' << u"no TOML"_s;
    QTest::newRow("long") << "# x = 1\n"_ba.repeated(20'000) << u"too long"_s;
    QTest::newRow("no UTF-8") << "# a = \"\xff\"\n"_ba << u"no TOML"_s;
    QTest::newRow("twice") << "# dependencies = []\n# ///\n\n# /// script\n# dependencies = []\n"_ba
                           << u"more than once"_s;
}

void PreparedScriptTest::malformedBlocksAreNamed()
{
    QFETCH(QByteArray, content);
    QFETCH(QString, why);
    const auto prepared = prepareScript(QByteArray("# /// script\n" + content + "# ///\nprint(1)\n"));
    QVERIFY(!prepared);
    QCOMPARE(prepared.error().code, ErrorCode::Validation);
    QCOMPARE(prepared.error().field, u"content"_s);
    QVERIFY2(prepared.error().message.contains(why), qPrintable(prepared.error().message));
}

void PreparedScriptTest::metadataIsMadeFromTheImports()
{
    const auto plain = prepareScript("#!/usr/bin/env python3\nimport os\n");
    QCOMPARE(plain->text, "# /// script\n# requires-python = \">=3.11\"\n# ///\n#!/usr/bin/env python3\nimport os\n");
    QVERIFY(plain->modules.isEmpty());
    const auto prepared = prepareScript("import yaml\nfrom netmiko import ConnectHandler\nimport _mine\n");
    QVERIFY2(prepared->text.startsWith("# /// script\n# requires-python = \">=3.11\"\n# dependencies = [\n"
                                       "#   \"netmiko\",\n#   \"pyyaml\",\n# ]\n# ///\nimport yaml\n"),
             prepared->text.constData());
    QCOMPARE(prepared->modules, QByteArrayList({"_mine", "netmiko", "yaml"}));
    QVERIFY(!prepared->declaresDependencies);
    // What we write we can read.
    QCOMPARE((*inlineMetadata(prepared->text))->dependencies, QByteArrayList({"netmiko", "pyyaml"}));
}

void PreparedScriptTest::theAuthorsMetadataIsKept()
{
    const QByteArray source = "# /// script\n# dependencies = [\"netmiko==4.1\"]\n# ///\nimport netmiko, yaml\n";
    const auto prepared = prepareScript(source);
    QCOMPARE(prepared->text, source);
    QVERIFY(prepared->declaresDependencies);
    QVERIFY(prepared->modules.isEmpty());
}

void PreparedScriptTest::modulesBesideTheFileAreNoPackages()
{
    QCOMPARE(prepareScript("import tools, yaml\n", {"tools"})->modules, QByteArrayList({"yaml"}));
}

void PreparedScriptTest::aMarkAtTheBeginningDoesNotEndUpInside()
{
    QVERIFY(!prepareScript("\xef\xbb\xbfimport os\n")->text.contains("\xef\xbb\xbf"));
}

QTEST_GUILESS_MAIN(PreparedScriptTest)
#include "tst_preparedscript.moc"
