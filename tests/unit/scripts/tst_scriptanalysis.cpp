#include "scripts/pythonlexer.h"
#include "scripts/scriptanalysis.h"
#include "scripts/scriptimports.h"
#include "scripts/stdlibmodules.h"

#include <QProcess>
#include <QTest>

using namespace agent;
using namespace Qt::StringLiterals;

/// Contract 04 section 5.3, and what of section 5.5 is read from the source.
class ScriptAnalysisTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void parameters_data();
    void parameters();
    void mainIsFound_data();
    void mainIsFound();
    void metadataIsALineOfItsOwn();
    void theCallOfMainIsMissed_data();
    void theCallOfMainIsMissed();
    void imports_data();
    void imports();
    void packagesHaveTheirOwnNames();
    void theStandardLibraryIsThatOfPython();
    void aLongSourceIsReadOnce();

private:
    /// "name:type=default" for each, with a "!" behind what is required.
    static QByteArray paramsOf(const QByteArray &source)
    {
        QByteArrayList params;
        for (const ScriptParam &param : analyzeScript(source).params)
            params.append(param.name.toUtf8() + ':' + param.paramType.toUtf8() + '=' + param.defaultValue.text +
                          (param.required ? "!" : ""));
        return params.join(' ');
    }
};

void ScriptAnalysisTest::parameters_data()
{
    QTest::addColumn<QByteArray>("signature");
    QTest::addColumn<QByteArray>("params");
    const auto row = [](const char *name, const QByteArray &signature, const QByteArray &params) {
        QTest::newRow(name) << signature << params;
    };
    row("none", "()", "");
    row("plain", "(a, b)", "a:str=null! b:str=null!");
    row("types", "(a: int, b: float, c: bool, d: str, e: list, f: dict, g: Path)",
        "a:int=null! b:float=null! c:bool=null! d:str=null! e:list=null! f:dict=null! g:str=null!");
    row("containers", "(a: list[str], b: List[int], c: dict[str, int], d: Dict, e: typing.List[int])",
        "a:list=null! b:list=null! c:dict=null! d:dict=null! e:list=null!");
    row("optional", "(a: Optional[int], b: int | None, c: None | float, d: int|None, e: Optional[str] = None)",
        "a:int=null b:int=null c:float=null d:int=null e:str=null");
    row("numbers",
        "(a: int = 5, b: int = -7, c: int = 0x1F, d: int = 1_000, e: float = 2.5, f: float = 1e3, g: float = 3)",
        "a:int=5 b:int=-7 c:int=31 d:int=1000 e:float=2.5 f:float=1000.0 g:float=3");
    row("truth", "(a: bool = True, b: bool=False, c: bool = None)", "a:bool=true b:bool=false c:bool=null");
    row("texts", "(a: str = \"x\", b: str = 'it\\'s', c: str = r'\\d', d=\"a\" 'b', e: str = '', f: str = NAME, g = 5)",
        R"(a:str="x" b:str="it's" c:str="\\d" d:str="ab" e:str="" f:str="NAME" g:str="5")");
    row("long text", "(a: str = \"\"\"two\nlines\"\"\")", R"(a:str="two\nlines")");
    row("no literals", "(a: int = N, b: float = f(1, 2), c: list = make([1, 2]), d: int = 1.5, e: bool = 1)",
        "a:int=null b:float=null c:list=null d:int=null e:bool=null");
    row("lists",
        "(a: list = [1, 'two', [None, True]], b: dict = {\"k\": {\"x\": -1.5}, 'l': ()}, c: list = (), d: list = {})",
        R"(a:list=[1,"two",[null,true]] b:dict={"k":{"x":-1.5},"l":[]} c:list=[] d:list=null)");
    row("dictionary with number keys", "(a: dict = {1: 2})", "a:dict=null");
    row("separators", "(self, a, /, b, *, c: int = 1, **kwargs)", "a:str=null! b:str=null! c:int=1");
    row("skipped", "(cls, *args, a: int, **kw)", "a:int=null!");
    row("trailing comma", "(a, b=2,)", R"(a:str=null! b:str="2")");
    row("several lines", "(\n    a: int,  # the first, (not this) one = 5\n    b: str = \"x, y) = (\",\n)",
        R"(a:int=null! b:str="x, y) = (")");
    row("brackets", "(a: Callable[[int], str] = f, b: dict = {\"x\": [1, 2]}, c=(1, 2))",
        "a:str=\"f\" b:dict={\"x\":[1,2]} c:str=\"(1, 2)\"");
    row("lambda", "(a=lambda x, y: x, b: int = 2)", R"(a:str="lambda x, y: x" b:int=2)");
    row("text annotation", "(a: 'int' = 4, b: \"Optional[float]\")", "a:int=4 b:float=null");
    row("comparison", "(a: bool = (x == y), b: str = x == y)", R"(a:bool=null b:str="x == y")");
    row("return type", "(a: int = 1) -> dict[str, int]", "a:int=1");
    row("type parameters", "[T](a: T, b: int)", "a:str=null! b:int=null!");
    row("large", "(a: int = 18446744073709551615, b: int = 99999999999999999999)",
        "a:int=18446744073709551615 b:int=null");
    row("format string", "(a: str = f\"{x}\")", "a:str=\"f\\\"{x}\\\"\"");
    row("other letters", "(größe: int = 1)", "größe:int=1");
    row("default None", "(a: str = None, b=None)", "a:str=null b:str=null");
    row("required although Optional is spelled", "(a: OptionalThing)", "a:str=null");
}

void ScriptAnalysisTest::parameters()
{
    QFETCH(QByteArray, signature);
    QFETCH(QByteArray, params);
    QCOMPARE(paramsOf("import os\n\ndef main" + signature + ":\n    pass\n"), params);
    QCOMPARE(paramsOf("async def main" + signature + ":\n    pass\n"), params);
    QCOMPARE(paramsOf(QByteArray("def main" + signature + ":\n    pass\n").replace("\n", "\r\n")),
             QByteArray(params).replace("\\n", "\\r\\n"));
}

void ScriptAnalysisTest::mainIsFound_data()
{
    QTest::addColumn<QByteArray>("source");
    QTest::addColumn<bool>("hasMain");
    QTest::addColumn<QByteArray>("params");
    const auto row = [](const char *name, const QByteArray &source, bool hasMain, const QByteArray &params) {
        QTest::newRow(name) << source << hasMain << params;
    };
    row("nothing", "", false, "");
    row("no main", "print(1)\n", false, "");
    row("another", "def mainly(a): pass\n", false, "");
    row("not at the edge", "class A:\n    def main(self, a): pass\n", true, "");
    row("the one at the edge", "class A:\n    def main(self, x): pass\n\ndef main(a): pass\n", true, "a:str=null!");
    row("the first", "def main(a): pass\ndef main(b): pass\n", true, "a:str=null!");
    row("in a string", "x = '''\ndef main(x): pass\n'''\ndef main(a): pass\n", true, "a:str=null!");
    row("in a comment", "# def main(x): pass\ndef main(a): pass\n", true, "a:str=null!");
    row("in brackets", "f(\n'def main(x)'\n)\ndef main(a): pass\n", true, "a:str=null!");
    row("behind a forgotten bracket", "x = (1,\n\ndef main(a): pass\n", true, "a:str=null!");
    row("behind a forgotten quote", "x = 'abc\ndef main(a): pass\n", true, "a:str=null!");
    row("without an end", "def main(a: int = 5, b", true, "");
    row("with an old Mac's lines", "x = 1\rdef main(a): pass\r", true, "a:str=null!");
    row("with a byte order mark",
        "\xef\xbb\xbf"
        "def main(a): pass\n",
        true, "a:str=null!");
    row("with a blank", "def  main (a): pass\n", true, "a:str=null!");
    row("over two lines", "def \\\n  main(a): pass\n", true, "a:str=null!");
    row("with decorators", "@wrap(\n  x)\ndef main(a): pass\n", true, "a:str=null!");
}

void ScriptAnalysisTest::mainIsFound()
{
    QFETCH(QByteArray, source);
    QFETCH(QByteArray, params);
    QTEST(analyzeScript(source).hasMain, "hasMain");
    QCOMPARE(paramsOf(source), params);
}

void ScriptAnalysisTest::metadataIsALineOfItsOwn()
{
    QVERIFY(analyzeScript("# /// script\n# ///\n").hasInlineMetadata);
    QVERIFY(analyzeScript("import os\n  # /// script  \r\n").hasInlineMetadata);
    QVERIFY(!analyzeScript("x = '# /// script'\n").hasInlineMetadata);
    QVERIFY(!analyzeScript("# /// scripts\n").hasInlineMetadata);
}

void ScriptAnalysisTest::theCallOfMainIsMissed_data()
{
    QTest::addColumn<QByteArray>("source");
    QTest::addColumn<bool>("isMissed");
    QTest::newRow("no main") << QByteArray("print(1)") << false;
    QTest::newRow("main alone") << QByteArray("def main(): pass") << true;
    QTest::newRow("main of a class") << QByteArray("class A:\n  def main(): pass") << false;
    QTest::newRow("guarded") << QByteArray("def main(): pass\nif __name__ == '__main__':\n    main()\n") << false;
    QTest::newRow("guarded otherwise") << QByteArray("def main(): pass\nif (\"__main__\" == __name__): main()\n")
                                       << false;
    QTest::newRow("guard in a string") << QByteArray(
                                              "x = \"\"\"\nif __name__ == '__main__':\n\"\"\"\ndef main(): pass\n")
                                       << true;
    QTest::newRow("guard in a comment") << QByteArray("def main(): pass\n# if __name__ == '__main__':\n") << true;
    QTest::newRow("guard within") << QByteArray("def main():\n    if __name__ == 'x': pass\n") << true;
    QTest::newRow("name used otherwise") << QByteArray("log = get(__name__)\nif x: y(__name__)\ndef main(): pass\n")
                                         << true;
}

void ScriptAnalysisTest::theCallOfMainIsMissed()
{
    QFETCH(QByteArray, source);
    QFETCH(bool, isMissed);
    QCOMPARE(needsMainCall(source), isMissed);
}

void ScriptAnalysisTest::imports_data()
{
    QTest::addColumn<QByteArray>("source");
    QTest::addColumn<QByteArray>("modules");
    const auto row = [](const char *name, const QByteArray &source, const QByteArray &modules) {
        QTest::newRow(name) << source << modules;
    };
    row("none", "print(1)\n", "");
    row("sorted and once", "import netmiko\nimport bs4\nfrom netmiko import X\n", "bs4 netmiko");
    row("several", "import os, a.b.c as x, b\n", "a b");
    row("standard", "import os.path, json\nfrom __future__ import annotations\nimport _thread\n", "");
    row("indented", "def f():\n    import a\n    try:\n        from b.c import d\n    except ImportError: import e\n",
        "a b e");
    row("on one line", "import a; import b; x = 1; from c import d\ntry: import e\nfinally: pass\n", "a b c e");
    row("relative", "from . import a\nfrom .b import c\nfrom ..d import e\n", "");
    row("docstring", "\"\"\"\nimport a\nfrom the b import c\n\"\"\"\nfrom d import e\n", "d");
    row("comment", "# import a\nx = 1 # import b\n", "");
    row("brackets", "from a import (\n    b,\n    c,\n)\nimport d\n", "a d");
    row("continued", "import \\\n    a, \\\n    b\n", "a b");
    row("no statements", "def f():\n    yield from x\n    raise E from y\nimporter = 1\nx.from_ = 2\n", "");
    row("in a dictionary", "x = {'a': b, c: d}\n", "");
    row("cut off", "import a, ", "a");
    row("cut off from", "from", "");
}

void ScriptAnalysisTest::imports()
{
    QFETCH(QByteArray, source);
    QFETCH(QByteArray, modules);
    QCOMPARE(thirdPartyModules(source).join(' '), modules);
    if (!modules.isEmpty())
        QCOMPARE(thirdPartyModules(source, modules.split(' ')), QByteArrayList());
}

void ScriptAnalysisTest::packagesHaveTheirOwnNames()
{
    const QByteArrayList pairs{"yaml pyyaml",
                               "bs4 beautifulsoup4",
                               "cv2 opencv-python",
                               "sklearn scikit-learn",
                               "PIL pillow",
                               "gi PyGObject",
                               "attr attrs",
                               "dateutil python-dateutil",
                               "dotenv python-dotenv",
                               "serial pyserial",
                               "usb pyusb",
                               "dns dnspython",
                               "jwt pyjwt",
                               "netmiko netmiko",
                               "ntc_templates ntc-templates"};
    for (const QByteArray &pair : pairs)
        QCOMPARE(packageOf(pair.split(' ').first()), pair.split(' ').last());
    for (const QByteArray &none : {"_private"_ba, "tail_"_ba, "größe"_ba, ""_ba, "a\"b"_ba})
        QVERIFY2(packageOf(none).isEmpty(), none.constData());
}

void ScriptAnalysisTest::theStandardLibraryIsThatOfPython()
{
    QProcess python;
    python.start(u"python3"_s, {u"-c"_s, u"import sys; print('\\n'.join(sys.stdlib_module_names))"_s});
    QVERIFY(python.waitForFinished());
    const auto names = python.readAllStandardOutput().trimmed().split('\n');
    QVERIFY(names.size() > 200);
    for (const QByteArray &name : names)
        QVERIFY2(isStandardModule(name) || names.contains("annotationlib"), name.constData()); // 3.14 has more
    for (const QByteArrayView name : {"netmiko", "yaml", "", "o", "osx"})
        QVERIFY(!isStandardModule(name));
}

/// Half a megabyte of what would be slow for whoever looks ahead or back.
void ScriptAnalysisTest::aLongSourceIsReadOnce()
{
    for (const QByteArray &piece : {"("_ba, "'''"_ba, "def main("_ba, "# /// script\n"_ba, "import a,"_ba, "\\\n"_ba,
                                    "def main(a="_ba, "\""_ba, "if __name__"_ba, "[{("_ba, "lambda "_ba}) {
        const QByteArray source = piece.repeated(500'000 / piece.size());
        QVERIFY(analyzeScript(source).params.size() <= 256);
        QVERIFY(thirdPartyModules(source).size() <= 256);
        QVERIFY(!needsMainCall(source) || source.startsWith("def"));
    }
    QByteArray many = "def main(";
    for (int i = 0; i < 5000; ++i)
        many += 'a' + QByteArray::number(i) + ", ";
    QVERIFY(analyzeScript(QByteArray(many + "): pass")).params.size() <= 256);
    QCOMPARE(analyzeScript(
                 QByteArray("def main(a: list = " + QByteArray(100'000, '[') + QByteArray(100'000, ']') + "): pass"))
                 .params.size(),
             0); // no person wrote that
    QCOMPARE(paramsOf("def main(a: list = " + QByteArray(1000, '[') + QByteArray(1000, ']') + "): pass"),
             "a:list=null");
}

QTEST_GUILESS_MAIN(ScriptAnalysisTest)
#include "tst_scriptanalysis.moc"
