#pragma once

#include "core/task.h"
#include "sftp/sftpclient.h"

#include <memory>

namespace agent {

class ClientPresence;

/// Deletes a folder depth-first, with what is in it; links in it are removed, never followed. Ends at the first error,
/// whose text names the path, and when `client` has gone.
[[nodiscard]] Task<Status> removeTree(std::shared_ptr<SftpClient> client, QByteArray folder,
                                      std::shared_ptr<ClientPresence> presence);

} // namespace agent
