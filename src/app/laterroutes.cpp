#include "app/laterroutes.h"

#include "api/notimplemented.h"

namespace agent {

using namespace Qt::StringLiterals;

void registerLaterRoutes(Router &router)
{
    registerNotImplemented(router, {.feature = u"SNMP queries"_s,
                                    .paths = {{Method::Post, "/api/snmp/get"},
                                              {Method::Post, "/api/snmp/walk"},
                                              {Method::Post, "/api/snmp/try-communities"},
                                              {Method::Post, "/api/snmp/interface-stats"},
                                              {Method::Post, "/api/snmp/try-interface-stats"}}});
    registerNotImplemented(router, {.feature = u"Network discovery"_s,
                                    .paths = {{Method::Post, "/api/discovery/batch"},
                                              {Method::Post, "/api/discovery/traceroute-resolve"},
                                              {Method::Get, "/api/discovery/capabilities"}}});
    registerNotImplemented(router, {.feature = u"Live figures of a topology"_s, .webSockets = {"/ws/topology-live"}});
}

} // namespace agent
