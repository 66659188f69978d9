#pragma once

#include "exec/aiexec.h"

QT_FORWARD_DECLARE_CLASS(QThreadPool)

namespace agent {

class Database;
class DeviceExec;
class RemoteFiles;
class Router;

/// `POST /api/bulk-command`, `POST /api/ai/ssh-execute` and the file tools `POST /api/ai/write-file`, `edit-file` and
/// `patch-file` (contract 03 sections 10.1, 10.2 and 10.7). The file tools answer ACCESS_DENIED unless the setting
/// `ai.terminal_mode` is on or config mode is active (contract 08 section 14). A client that goes cancels its run.
/// Everything outlives the router's last call; long answers are encoded on `pool`.
void registerExecRoutes(Router &router, Database &database, DeviceExec &exec, RemoteFiles &files, aiexec::Rules rules,
                        QThreadPool &pool);

} // namespace agent
