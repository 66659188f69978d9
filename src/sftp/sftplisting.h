#pragma once

#include "core/task.h"
#include "sftp/sftpclient.h"

#include <memory>
#include <vector>

namespace agent {

/// `folder` as bytes, with a name in it (see joinedPath).
[[nodiscard]] QByteArray joinedBytes(const QByteArray &folder, const QByteArray &name);

/// Everything in a folder but `.` and `..`, as the server tells it. Several READDIRs are under way at a time, so that a
/// long way does not cost a round trip for every hundred names.
/// @return an error for more than `most` entries, and for a name that is none (empty, with a slash or a NUL in it)
[[nodiscard]] Task<Result<std::vector<SftpName>>> listFolder(std::shared_ptr<SftpClient> client, QByteArray folder,
                                                             std::size_t most);

} // namespace agent
