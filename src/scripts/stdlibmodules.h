#pragma once

#include <QByteArrayView>

namespace agent {

/// Whether Python comes with a top-level module of this name: `sys.stdlib_module_names` of 3.11 to 3.13, all systems.
[[nodiscard]] bool isStandardModule(QByteArrayView name);

} // namespace agent
