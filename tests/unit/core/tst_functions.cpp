#include "core/functionref.h"
#include "core/moveonlyfunction.h"

#include <QTest>

using namespace agent;

/// The two ways to hand on a callable without its type.
class FunctionsTest : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void aFunctionOwnsWhatCannotBeCopied();
    void aFunctionKeepsItsState();
    void whatItOwnsGoesWithIt();
    void aReferenceCallsWhatItIsGiven();
    void aResultNobodyWantsIsDropped();
};

void FunctionsTest::aFunctionOwnsWhatCannotBeCopied()
{
    MoveOnlyFunction<int(int)> add = [owned = std::make_unique<int>(40)](int more) { return *owned + more; };
    MoveOnlyFunction<int(int)> moved = std::move(add);
    QCOMPARE(moved(2), 42);
}

void FunctionsTest::aFunctionKeepsItsState()
{
    MoveOnlyFunction<int()> count = [calls = 0]() mutable { return ++calls; };
    count();
    QCOMPARE(count(), 2);
}

void FunctionsTest::whatItOwnsGoesWithIt()
{
    const auto shared = std::make_shared<int>();
    {
        const MoveOnlyFunction<void()> holder = [shared] {};
        QCOMPARE(shared.use_count(), 2);
    }
    QCOMPARE(shared.use_count(), 1);
}

void FunctionsTest::aReferenceCallsWhatItIsGiven()
{
    int sum = 0;
    const auto each = [](FunctionRef<void(int)> visit) {
        for (int i = 1; i <= 3; ++i)
            visit(i);
    };
    each([&sum](int i) { sum += i; });
    QCOMPARE(sum, 6);

    const auto ask = [](FunctionRef<QString(const QString &)> answer) { return answer(QStringLiteral("a")); };
    QCOMPARE(ask([](const QString &text) { return text + text; }), QStringLiteral("aa"));
}

void FunctionsTest::aResultNobodyWantsIsDropped()
{
    int calls = 0;
    const auto counting = [&calls] { return ++calls; };
    const FunctionRef<void()> reference = counting;
    reference();
    MoveOnlyFunction<void()> function = counting;
    function();
    QCOMPARE(calls, 2);
}

QTEST_APPLESS_MAIN(FunctionsTest)
#include "tst_functions.moc"
