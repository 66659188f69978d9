#include "core/timestamp.h"

#include <QtTest>

using namespace agent;
using namespace Qt::StringLiterals;

class TimestampTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void readsEveryFormThatFilesHold_data();
    void readsEveryFormThatFilesHold();
    void refusesWhatIsNoTime_data();
    void refusesWhatIsNoTime();
    void writesTheDiskAndTheWireForm();
    void agreesWithQtOverCenturies();
};

void TimestampTest::readsEveryFormThatFilesHold_data()
{
    QTest::addColumn<QString>("text");
    QTest::newRow("disk") << u"2026-03-01 09:15:00"_s;
    QTest::newRow("RFC 3339 with Z") << u"2026-03-01T09:15:00Z"_s;
    QTest::newRow("with an offset") << u"2026-03-01T11:15:00+02:00"_s;
    QTest::newRow("with fractions") << u"2026-03-01T09:15:00.999+00:00"_s;
    QTest::newRow("without a zone") << u"2026-03-01T09:15:00"_s;
}

void TimestampTest::readsEveryFormThatFilesHold()
{
    QFETCH(QString, text);
    const auto time = Timestamp::parse(text);
    QVERIFY(time);
    QCOMPARE(time->secondsSinceEpoch(), 1772356500);
}

void TimestampTest::refusesWhatIsNoTime_data()
{
    QTest::addColumn<QString>("text");
    QTest::newRow("empty") << QString();
    QTest::newRow("word") << u"yesterday"_s;
    QTest::newRow("thirteenth month") << u"2026-13-01 09:15:00"_s;
    QTest::newRow("February 30") << u"2026-02-30 09:15:00"_s;
    QTest::newRow("hour 24") << u"2026-02-03 24:15:00"_s;
    QTest::newRow("signs for digits") << u"2026-+2-03 04:15:00"_s;
}

void TimestampTest::refusesWhatIsNoTime()
{
    QFETCH(QString, text);
    QVERIFY(!Timestamp::parse(text));
}

void TimestampTest::writesTheDiskAndTheWireForm()
{
    const Timestamp time(1772356500);
    QCOMPARE(time.toDatabaseText(), u"2026-03-01 09:15:00"_s);
    QCOMPARE(time.toJsonText(), u"2026-03-01T09:15:00Z"_s);
    QCOMPARE(Timestamp(-1).toDatabaseText(), u"1969-12-31 23:59:59"_s);
}

void TimestampTest::agreesWithQtOverCenturies()
{
    for (qint64 seconds = -2'000'000'000; seconds < 8'000'000'000; seconds += 7'654'321) {
        const QDateTime qt = QDateTime::fromSecsSinceEpoch(seconds, QTimeZone::UTC);
        QCOMPARE(Timestamp(seconds).toJsonText(), qt.toString(Qt::ISODate));
        QCOMPARE(Timestamp::parse(Timestamp(seconds).toDatabaseText()), Timestamp(seconds));
    }
}

QTEST_GUILESS_MAIN(TimestampTest)
#include "tst_timestamp.moc"
