#pragma once

#include <QObject>

#include <memory>

namespace agent::test {
class ApiBench;
}

/// Contract 06 sections 14 (tests of resources) and 14.1. Declared apart from its tests, whose raw strings moc cannot
/// read.
class TestApiCalls : public QObject
{
    Q_OBJECT

public:
    TestApiCalls();
    ~TestApiCalls() override;

private Q_SLOTS:
    void initTestCase();
    void cleanup();

    void oneLoginServesFiftyActionsAndOneMoreAfterA401();
    void actionsAtTheSameTimeShareOneLogin();
    void aFarSideThatAlwaysSays401IsAskedTwice();
    void aLoginIsForgottenWhenItsReasonChanges();
    void aFailingFlowIsAResult_data();
    void aFailingFlowIsAResult();
    void laterStepsUseWhatEarlierOnesStored();
    void certificatesAreVerifiedUnlessTurnedOff();
    void redirectsToMetadataAreRefused();
    void resultsHaveExactlyTheirKeys();
    void bodiesThatAreNotJsonComeAsText();
    void bodiesComeAsTheyAre();
    void failuresAreResultsToo();
    void aLockedVaultSendsNothing();
    void aTestWithoutAPathWarns();
    void inlineTestsTakeTheirOwnOrTheStoredCredentials();
    void inlineTestsAreNeverCached();
    void inlineBodiesNeedLittle_data();
    void inlineBodiesNeedLittle();
    void oneStepIsTriedAlone();
    void stepFailuresSayWhy();
    void aClientThatGoesEndsTheRequest();

private:
    std::unique_ptr<agent::test::ApiBench> bench;
};
