#include "sftp/sftplog.h"

namespace agent {

Q_LOGGING_CATEGORY(lcSftp, "netstacks.sftp")

} // namespace agent
