#pragma once

#include <QObject>

#include <memory>

namespace agent {
class Enrichment;
class Lookups;
} // namespace agent

namespace agent::test {
struct Answer;
class ApiBench;
class Inventory;
class RouteCaller;
} // namespace agent::test

/// What a hover shows, with a NetBox-shaped server behind: contract 06 section 16.3. Declared
/// apart from its tests, whose raw strings moc cannot read.
class EnrichmentTest : public QObject
{
    Q_OBJECT

public:
    EnrichmentTest();
    ~EnrichmentTest() override;

private Q_SLOTS:
    void init();
    void cleanup();
    void onlyMatchersWithSomebodyToAskAreActive();
    void wordsFindTheirMatcher();
    void theFlavorOfTheSessionCounts();
    void aNetboxSectionIsShown();
    void answersAreKept();
    void failuresAreErrorsAndTriedAgain();
    void aSourceIsAskedOnlyAboutItsWords();
    void builtInSourcesSpeak();
    void allSourcesAtOnce();
    void theSessionIsInThePath();
    void aLockedVaultIsSaid();
    void aSourceIsTried();

private:
    agent::test::RouteCaller &call();
    agent::test::Answer ask(const QByteArray &source, const QByteArray &token, const QByteArray &session = {});
    void bind(const QByteArray &source, const QByteArray &more = {});

    std::unique_ptr<agent::test::ApiBench> m_api;
    std::unique_ptr<agent::test::Inventory> m_inventory;
    std::unique_ptr<agent::Lookups> m_lookups;
    std::unique_ptr<agent::Enrichment> m_enrichment;
    QByteArray m_resource;
};
