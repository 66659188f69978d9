#include "core/handover.h"

#include <QRunnable>
#include <QThreadPool>

#include <memory>

namespace agent {

namespace {

const char poolPlace = 0; ///< stands for every pool: a worker cannot tell which it belongs to

} // namespace

void callOn(QObject *receiver, MoveOnlyFunction<void()> function)
{
    auto shared = std::make_shared<MoveOnlyFunction<void()>>(std::move(function)); // Qt copies what it queues
    detail::releaseTo(receiver->thread());
    QMetaObject::invokeMethod(
        receiver,
        [shared = std::move(shared)] {
            detail::acquireFrom(QThread::currentThread());
            (*shared)();
        },
        Qt::QueuedConnection);
}

void startOn(QThreadPool &pool, MoveOnlyFunction<void()> function)
{
    QRunnable *const runnable = QRunnable::create([function = std::move(function)]() mutable {
        detail::acquireFrom(&poolPlace);
        function();
    });
    detail::releaseTo(&poolPlace);
    pool.start(runnable); // which deletes it
}

} // namespace agent
