#pragma once

#include <memory>

QT_FORWARD_DECLARE_CLASS(QThreadPool)

namespace agent {

class KnownHosts;
class Router;

/// The list of trusted host keys: `GET` and `DELETE /api/host-keys`, `DELETE /api/host-keys/:host/:port`
/// (contract 03 section 6.4). Files are read and written on `pool`, which outlives the router's last call.
void registerHostKeyRoutes(Router &router, std::shared_ptr<KnownHosts> knownHosts, QThreadPool &pool);

} // namespace agent
