#pragma once

#include <QObject>

#include <memory>

namespace agent::test {
class ApiBench;
}

/// Contract 06 section 15. Declared apart from its tests, whose raw strings moc cannot read.
class TestQuickActions : public QObject
{
    Q_OBJECT

public:
    TestQuickActions();
    ~TestQuickActions() override;

private Q_SLOTS:
    void initTestCase();
    void cleanup();

    void anActionIsAPlainResource();
    void defaultsAreFilledIn();
    void theListIsInOrder();
    void anUnknownResourceIsRefused();
    void variablesFillTheTemplates();
    void variablesOverrideNoCredential();
    void aValueWithALineBreakInjectsNothing();
    void bodilessCallsAreTaken();
    void whatIsGoneIsNotFound();
    void inlineActionsRunToo();
    void oddInlineBodiesNameTheirField();

private:
    std::unique_ptr<agent::test::ApiBench> bench;
};
