#include "core/handover.h"

#include <QThreadPool>

#include <memory>

namespace agent {

namespace {

const char poolPlace = 0; ///< stands for every pool: a worker cannot tell which it belongs to

} // namespace

void callOn(QObject *receiver, MoveOnlyFunction<void()> function)
{
    detail::releaseTo(receiver->thread());
    auto shared = std::make_shared<MoveOnlyFunction<void()>>(std::move(function)); // Qt copies what it queues
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
    detail::releaseTo(&poolPlace);
    pool.start([function = std::move(function)]() mutable {
        detail::acquireFrom(&poolPlace);
        function();
    });
}

} // namespace agent
