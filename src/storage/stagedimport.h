#pragma once

#include "core/result.h"

#include <QString>

namespace agent {

class Connection;

/// What became of `<db>.incoming`, the file that takes the database's place at the next start (contract 01 section
/// 13, contract 02 section 1.7).
struct StagedImport
{
    enum class Outcome {
        None,    ///< there was none
        Applied, ///< it is the database now
        Reset,   ///< it was empty: the database starts anew
        Refused, ///< it is not usable, or the disk failed; the old database stays, `message` says why
    };

    Outcome outcome = Outcome::None;
    QString backup;  ///< the old database; empty when there was none
    QString message; ///< for the log and the user; empty unless Refused
};

/// Applies a staged import, before anyone opens the database. The old database is copied first, complete with its
/// write-ahead log; then the new one takes its place in one step. A file that fails the check is renamed to
/// `<db>.incoming-refused`; one that only met a full or broken disk is tried again at the next start. Killed at any
/// point, the next start finds either database whole.
[[nodiscard]] StagedImport applyStagedImport(const QString &path);

/// Makes a copy of the database `source`, its write-ahead log included, the staged import of `path`. The copy is
/// checked and gets its name last: killed at any point, there is none or a whole one; an earlier one is replaced.
/// Changes neither database. Blocks. @return Validation when `source` cannot be taken over.
[[nodiscard]] Status stageImport(const QString &source, const QString &path);

/// Stages an empty file: at the next start the database begins anew.
[[nodiscard]] Status stageReset(const QString &path);

/// Whether an open database can be taken over: SQLite finds it sound, it has the tables `settings`,
/// `credential_profiles` and `sessions`, and it is not of a newer generation than ours.
[[nodiscard]] Status checkImportable(Connection &connection);

} // namespace agent
