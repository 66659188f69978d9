#pragma once

#include "sessionimport/importplan.h"

class QThreadPool;

namespace agent {

class Database;
class Router;

/// `POST /api/sessions/import/preview` and `.../confirm` (docs/session-import.md). `pool` parses.
void registerForeignImportRoutes(Router &router, Database &database, QThreadPool &pool);

namespace sessionimport {

/// A preview's body: the files of one format, their bytes in base64. Of `openssh` the first is the configuration and
/// the others are what it includes, named as an Include names them (relative to ~/.ssh, or with `~/` or `/`).
struct PreviewFile
{
    QString name;
    QString content;
};

struct PreviewRequest
{
    Format format = Format::Auto;
    QList<PreviewFile> files;
    std::optional<QString> defaultUser;    ///< for sessions without a user; absent: who runs the agent
    std::optional<QString> defaultKeyPath; ///< for sessions without a key file; absent: they log in with a password
    std::optional<QString> homeFolder;     ///< what `~` in key paths stands for; absent: it stays
    QStringList folderPath;                ///< the folder everything goes into
};

/// Decodes the files and reads them; `Auto` is worked out from the first file. A worker's job.
struct Reading
{
    Format format = Format::Auto;
    ParsedImport parsed;
};
[[nodiscard]] Result<Reading> readFiles(const PreviewRequest &request);

} // namespace sessionimport

} // namespace agent
