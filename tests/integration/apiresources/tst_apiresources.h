#pragma once

#include <QObject>

#include <memory>

namespace agent::test {
class ApiBench;
}

/// Contract 06 section 14, the resource itself. Declared apart from its tests, whose raw strings moc cannot read.
class TestApiResources : public QObject
{
    Q_OBJECT

public:
    TestApiResources();
    ~TestApiResources() override;

private Q_SLOTS:
    void initTestCase();
    void cleanup();

    void aResourceIsAPlainResource();
    void defaultsAreFilledIn();
    void theListIsOrderedByName();
    void secretsAreSealedAndNeverShown();
    void secretsAreMergedOneByOne();
    void emptySecretsAreNone();
    void aLockedVaultKeepsTheResourceOut();
    void aLockedVaultKeepsTheUpdateOut();
    void baseUrlsAreJudged_data();
    void baseUrlsAreJudged();
    void timeoutsAreClamped();
    void oddValuesNameTheirField_data();
    void oddValuesNameTheirField();
    void deletingTakesCredentialsAndActionsAlong();
    void aSourceKeepsItsResource();
    void rowsOfOtherAgentsAreRead();

private:
    std::unique_ptr<agent::test::ApiBench> bench;
};
