#include "ssh/sshlog.h"

namespace agent {

Q_LOGGING_CATEGORY(lcSsh, "netstacks.ssh")

} // namespace agent
