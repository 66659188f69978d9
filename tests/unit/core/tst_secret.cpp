#include "core/secret.h"

#include <QtTest>

#include <type_traits>

using namespace agent;

static_assert(!std::is_copy_constructible_v<Secret> && std::is_nothrow_move_constructible_v<Secret>);

class SecretTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void revealsWhatItWasGivenWithATerminatingNul();
    void takingFromAnArrayWipesItEvenWhereItWasShared();
    void movingLeavesNothingBehind();
    void wipesTheBytesWhenItGoes();
    void comparesByContentAndLength();
    void randomBytesDiffer();
};

void SecretTest::revealsWhatItWasGivenWithATerminatingNul()
{
    const Secret secret("p\0ss"); // the literal ends at the NUL: QByteArrayView takes a C string
    secret.reveal([](QByteArrayView bytes) {
        QCOMPARE(bytes, "p");
        QCOMPARE(bytes.data()[bytes.size()], '\0');
    });
    Secret().reveal([](QByteArrayView bytes) { QCOMPARE(bytes.data()[0], '\0'); });
}

void SecretTest::takingFromAnArrayWipesItEvenWhereItWasShared()
{
    QByteArray source = QByteArray("hunter") + QByteArray::number(2);
    const QByteArray shared = source;
    const Secret secret = Secret::takeFrom(source);
    QVERIFY(source.isEmpty());
    QCOMPARE(shared, QByteArray(7, '\0'));
    QVERIFY(secret.equals("hunter2"));
}

void SecretTest::movingLeavesNothingBehind()
{
    Secret first("hunter2");
    const Secret second = std::move(first);
    QVERIFY(first.isEmpty()); // NOLINT: the moved-from state is what is tested
    QVERIFY(second.equals("hunter2"));
    Secret third("other");
    third = second.clone();
    QVERIFY(third.equals(second));
}

void SecretTest::wipesTheBytesWhenItGoes()
{
    alignas(Secret) std::byte room[sizeof(Secret)];
    auto *secret = new (room) Secret("hunter2hunter2hunter2hunter2");
    const char *bytes = secret->reveal([](QByteArrayView view) { return view.data(); });
    const Secret alive = std::move(*secret); // keeps the block, so that it may be read
    QCOMPARE(alive.reveal([](QByteArrayView view) { return view.data(); }), bytes);
    Secret filled = Secret::ofSize(4);
    filled.fill([](char *data, std::size_t size) { std::memset(data, 'x', size); });
    QVERIFY(filled.equals("xxxx"));
    char text[] = "hunter2";
    wipe(text, sizeof text);
    QCOMPARE(QByteArrayView(text, sizeof text), QByteArray(sizeof text, '\0'));
    secret->~Secret();
}

void SecretTest::comparesByContentAndLength()
{
    QVERIFY(Secret("abc").equals("abc"));
    QVERIFY(!Secret("abc").equals("abd"));
    QVERIFY(!Secret("abc").equals("ab"));
    QVERIFY(!Secret("abc").equals("abcd"));
    QVERIFY(Secret().equals(QByteArrayView()));
}

void SecretTest::randomBytesDiffer()
{
    QCOMPARE(randomBytes(32).size(), 32);
    QVERIFY(randomBytes(32) != randomBytes(32));
    // Filled to the last byte, also beyond what the system gives at once.
    for (const qsizetype size : {1, 255, 256, 257, 1000}) {
        QByteArray seen(size, '\0');
        for (int round = 0; round < 8 && seen.contains('\0'); ++round) {
            const QByteArray bytes = randomBytes(size);
            QCOMPARE(bytes.size(), size);
            for (qsizetype i = 0; i < size; ++i)
                seen[i] = char(seen[i] | bytes[i]);
        }
        QVERIFY(!seen.contains('\0'));
    }
}

QTEST_GUILESS_MAIN(SecretTest)
#include "tst_secret.moc"
