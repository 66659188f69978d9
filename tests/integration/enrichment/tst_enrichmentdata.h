#pragma once

#include <QObject>

#include <memory>

namespace agent {
class Enrichment;
class Lookups;
} // namespace agent

namespace agent::test {
class ApiBench;
class RouteCaller;
} // namespace agent::test

/// Matchers and sources as data: contract 06 section 16.2. Declared apart from its tests, whose raw strings moc
/// cannot read.
class EnrichmentDataTest : public QObject
{
    Q_OBJECT

public:
    EnrichmentDataTest();
    ~EnrichmentDataTest() override;

private Q_SLOTS:
    void init();
    void cleanup();

    void matchersArePlain();
    void sourcesArePlain();
    void theSeedsAreThere();
    void builtInOnesKeepTheirNames();
    void namesAreUnique();
    void sourcesOfAMatcherAreOrdered();
    void anUnknownResourceIsRefused();
    void aDeletedResourceUnbindsItsSources();
    void builtInSourcesFindTheirResource();
    void patternsAreTried();
    void exportAndImportGoRound();
    void importKeepsUnlessTold();
    void importIsAllOrNothing();
    void badTomlSaysWhere();
    void reloadCountsMatchers();

private:
    agent::test::RouteCaller &call();
    QByteArray resource(const QByteArray &name);
    QByteArray importing(const QByteArray &toml, bool overwrite = false);

    std::unique_ptr<agent::test::ApiBench> m_api;
    std::unique_ptr<agent::Lookups> m_lookups;
    std::unique_ptr<agent::Enrichment> m_enrichment;
};
