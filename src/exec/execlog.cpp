#include "exec/execlog.h"

namespace agent {

Q_LOGGING_CATEGORY(lcExec, "netstacks.exec")

} // namespace agent
