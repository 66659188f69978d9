#pragma once

#include "core/result.h"
#include "core/task.h"
#include "storage/soundness.h"

#include <QString>
#include <QThreadPool>

#include <chrono>
#include <optional>

namespace agent {

class Database;

/// The database as files: where it is, copies of it, and what takes its place (contract 01 section 13, 02 section
/// 1.7). Works while the vault is locked. Import, reset and move take effect at the next start; until then the open
/// database stays the one in use.
///
/// Main thread. The files are copied on a worker, one operation at a time, through a connection of its own: other
/// requests read and write meanwhile.
class DatabaseFiles
{
public:
    struct Info
    {
        QString path; ///< of the database that is open
        QString dir;
        qint64 sizeBytes = 0;          ///< of the main file alone
        std::optional<QString> damage; ///< what is wrong with it, when the check after the start found something
    };
    enum class Secrets { Include, Remove };

    /// `database` outlives this. `dataFolder`: the home of config.json.
    DatabaseFiles(Database &database, QString dataFolder);

    [[nodiscard]] Info info() const;
    /// Looks for damage in the open database, once, in the background (storage/soundness.h).
    void checkSoundness(std::chrono::milliseconds delay);
    /// Writes a checked copy to `path`, in one step, replacing a file there; nothing is left of a copy that fails.
    /// @return Validation for a path that must not be written, StorageFull, or Database
    [[nodiscard]] Task<Status> exportTo(QString path, Secrets secrets);
    /// Stages a copy of the database `path`. @return Validation when it is none that can be taken over
    [[nodiscard]] Task<Status> importFrom(QString path);
    /// Backs up the database and stages an empty one.
    [[nodiscard]] Task<Status> reset();
    /// @return Validation, Database, StorageFull, or Config when only config.json could not be written
    [[nodiscard]] Task<Status> moveTo(QString path);
    /// Back to the default place, with what is there. @return Config
    [[nodiscard]] Task<Status> forgetMove();

private:
    Database &m_database;
    const QString m_dataFolder;
    SoundnessCheck m_soundness;
    QThreadPool m_pool;
};

} // namespace agent
