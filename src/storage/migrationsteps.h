#pragma once

#include "core/result.h"
#include "storage/catalog.h"

#include <span>

namespace agent {

class Connection;

/// One upgrade in progress: inside its transaction, foreign keys off.
struct Migration
{
    Connection &connection;
    const Catalog &fresh; ///< what has to come out
    Catalog present;      ///< what is there now
    int generation = 0;   ///< what the file was at before; 0 = never opened by us

    /// Reads `present` again after tables have changed.
    [[nodiscard]] Status refresh();
};

/// A numbered step. Numbers are never reused and steps never change their meaning once released.
struct MigrationStep
{
    enum class Kind {
        Additive,   ///< adds tables, columns, indexes, rows
        Structural, ///< rebuilds or drops something: wants a backup first
    };

    int number;
    const char16_t *name;
    Kind kind;
    bool (*isDue)(const Migration &);
    Status (*apply)(Migration &);
};

/// In the order in which they run.
[[nodiscard]] std::span<const MigrationStep> migrationSteps();

/// Step "convert legacy sources": the 0.1.7 inventory sources with their own URL and token (legacysources.cpp).
[[nodiscard]] bool hasLegacySources(const Migration &migration);
[[nodiscard]] Status convertLegacySources(Migration &migration);

} // namespace agent
