#include "terminal/terminalroutes.h"

#include "net/router.h"
#include "terminal/openterminal.h"
#include "terminal/terminalhub.h"

#include <QWebSocket>

namespace agent {

void registerTerminalRoutes(Router &router, TerminalHub &hub)
{
    router
        .addWebSocket("/ws/terminal",
                      [&hub](std::unique_ptr<QWebSocket> socket, Request request) {
                          auto open = parseOpenTerminal(request.query);
                          if (open)
                              hub.open(std::move(socket), std::move(*open));
                          else
                              hub.refuse(std::move(socket), open.error().message);
                      })
        .describe("An interactive terminal: JSON messages in text frames")
        .takesQuery({"type", "session_id", "cols", "rows", "host", "port", "username", "password", "key_path"})
        .checksQuery([](const Route::Query &query) -> Status {
            auto open = parseOpenTerminal(query);
            return open ? Status() : Status(std::move(open).error());
        });
}

} // namespace agent
