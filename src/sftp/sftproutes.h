#pragma once

QT_FORWARD_DECLARE_CLASS(QThreadPool)

namespace agent {

class Router;
class SftpService;

/// Contract 04 section 1. Both outlive the router; long listings are sorted on `pool`.
void registerSftpRoutes(Router &router, SftpService &sftp, QThreadPool &pool);

} // namespace agent
