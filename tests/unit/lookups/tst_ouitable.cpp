#include "lookups/csvreader.h"
#include "lookups/ouitable.h"

#include <QTest>

using namespace agent;
using namespace Qt::StringLiterals;

/// The table of MAC vendors in the program, against the registry's own files.
class OuiTableTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void everyBlockOfTheRegistryIsFound_data();
    void everyBlockOfTheRegistryIsFound();
    void theSmallestBlockSpeaks();
    void unknownAndOddAddressesHaveNoVendor();
    void csvFieldsMayHoldAnything();
};

void OuiTableTest::everyBlockOfTheRegistryIsFound_data()
{
    QTest::addColumn<QString>("file");
    QTest::addColumn<int>("digits");
    QTest::newRow("MA-L") << u"oui.csv"_s << 6;
    QTest::newRow("MA-M") << u"mam.csv"_s << 7;
    QTest::newRow("MA-S") << u"oui36.csv"_s << 9;
}

void OuiTableTest::everyBlockOfTheRegistryIsFound()
{
    QFETCH(QString, file);
    QFETCH(int, digits);
    QFile registry(QStringLiteral(AGENT_IEEE_DATA "/") + file);
    QVERIFY(registry.open(QIODevice::ReadOnly));
    const QByteArray text = registry.readAll();
    CsvReader rows(text);
    QHash<QByteArray, QString> last; // a block that is listed twice has its last name
    while (!rows.atEnd()) {
        const QList<QByteArray> row = rows.row();
        if (row.size() >= 3 && row[1].trimmed().size() == digits && row[1] != "Assignment")
            last.insert(row[1].trimmed(), QString::fromUtf8(row[2].simplified()));
    }
    QVERIFY(last.size() > 1000);
    for (const auto &[prefix, name] : std::as_const(last).asKeyValueRange())
        QCOMPARE(OuiTable::vendorOf(prefix), std::optional(name));
    QVERIFY(OuiTable::size() > last.size());
}

void OuiTableTest::theSmallestBlockSpeaks()
{
    // 70:B3:D5 belongs to the registry itself, which gives it away in blocks of 36 bits.
    QCOMPARE(OuiTable::vendorOf("70B3D5"), std::optional(u"IEEE Registration Authority"_s));
    const auto inside = OuiTable::vendorOf("70B3D5001000");
    QVERIFY(inside);
    QVERIFY(*inside != u"IEEE Registration Authority"_s);
    QCOMPARE(OuiTable::vendorOf("70b3d5001fff"), inside);
}

void OuiTableTest::unknownAndOddAddressesHaveNoVendor()
{
    for (const QByteArray &digits : {"FFFFFF"_ba, "000001FF"_ba.first(5), ""_ba, "zzzzzz"_ba, "00000g"_ba})
        QCOMPARE(OuiTable::vendorOf(digits), std::nullopt);
}

void OuiTableTest::csvFieldsMayHoldAnything()
{
    CsvReader rows("a,\"b, \"\"c\"\"\nd\",\r\n\"\",x\n\"open");
    QCOMPARE(rows.row(), (QList<QByteArray>{"a", "b, \"c\"\nd", ""}));
    QCOMPARE(rows.row(), (QList<QByteArray>{"", "x"}));
    QCOMPARE(rows.row(), (QList<QByteArray>{"open"}));
    QVERIFY(rows.atEnd());
}

QTEST_GUILESS_MAIN(OuiTableTest)
#include "tst_ouitable.moc"
