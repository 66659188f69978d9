#pragma once

#include "net/request.h"

#include <atomic>
#include <memory>

namespace agent {

/// Becomes true when the client of `request` leaves before its answer: for work on other threads, which looks at it now
/// and then. Main thread; the flag itself may be read and set anywhere.
[[nodiscard]] inline std::shared_ptr<std::atomic<bool>> goneFlag(const Request &request)
{
    auto isGone = std::make_shared<std::atomic<bool>>(request.client->isGone());
    QObject::connect(request.client.get(), &ClientPresence::gone, request.client.get(), [isGone] { *isGone = true; });
    return isGone;
}

} // namespace agent
