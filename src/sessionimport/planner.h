#pragma once

#include "sessionimport/existing.h"
#include "sessionimport/importplan.h"

namespace agent::sessionimport {

/// What the caller chooses for the whole import.
struct PlanOptions
{
    QString defaultUser;    ///< for sessions that name no user
    QString defaultKeyPath; ///< for sessions that name no key file; empty: they log in with a password
    QString homeFolder;     ///< what `~` in key paths stands for; empty: it stays
    QStringList folderPath; ///< the folder everything goes into; empty: the root
};

/// Turns what a parser read into a plan: profiles and jump hosts made once for each distinct login and machine, those
/// that exist reused, names made unique, duplicates skipped, what our sessions cannot hold said in a warning.
/// `existing` may be older than the confirmation: that checks everything again.
[[nodiscard]] ImportPlan planImport(ParsedImport parsed, const Existing &existing, const PlanOptions &options);

} // namespace agent::sessionimport
