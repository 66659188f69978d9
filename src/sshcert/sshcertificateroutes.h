#pragma once

namespace agent {

class Router;
class SshCertificate;

/// `/api/cert/...` (contract 01 section 15). `certificate` outlives the router's last request.
void registerSshCertificateRoutes(Router &router, SshCertificate &certificate);

} // namespace agent
