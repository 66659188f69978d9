#pragma once

#include "core/moveonlyfunction.h"

#include <QMetaObject>
#include <QObject>
#include <QThread>

class QThreadPool;

#if defined(__SANITIZE_THREAD__)
#define AGENT_THREAD_SANITIZER 1
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define AGENT_THREAD_SANITIZER 1
#endif
#endif

#ifdef AGENT_THREAD_SANITIZER
#include <sanitizer/tsan_interface.h>
#endif

namespace agent {

namespace detail {

// Qt is not built with ThreadSanitizer, so it does not see the locks of event queues and thread pools, and takes what
// is handed over there for a race. These tell it what those locks guarantee; elsewhere they are nothing.
inline void releaseTo([[maybe_unused]] const void *place)
{
#ifdef AGENT_THREAD_SANITIZER
    __tsan_release(const_cast<void *>(place));
#endif
}
inline void acquireFrom([[maybe_unused]] const void *place)
{
#ifdef AGENT_THREAD_SANITIZER
    __tsan_acquire(const_cast<void *>(place));
#endif
}

} // namespace detail

/// Calls `function` later on the thread of `receiver`, through its event loop; never when `receiver` is gone by then.
/// From any thread. The one way to hand something to another thread.
void callOn(QObject *receiver, MoveOnlyFunction<void()> function);

/// Calls `function` on the thread of `receiver`, which must be another one, and waits until it has returned.
template <typename F>
void callOnAndWait(QObject *receiver, F function)
{
    QThread *const caller = QThread::currentThread();
    detail::releaseTo(receiver->thread());
    QMetaObject::invokeMethod(
        receiver,
        [&function, caller] {
            detail::acquireFrom(QThread::currentThread());
            function();
            detail::releaseTo(caller);
        },
        Qt::BlockingQueuedConnection);
    detail::acquireFrom(caller);
}

/// Runs `function` on a worker of `pool`.
void startOn(QThreadPool &pool, MoveOnlyFunction<void()> function);

} // namespace agent
