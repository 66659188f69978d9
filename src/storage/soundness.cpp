#include "storage/soundness.h"

#include "core/handover.h"
#include "storage/backup.h"
#include "storage/connection.h"
#include "storage/storagelog.h"

#include <QTimer>

namespace agent {

using namespace Qt::StringLiterals;

namespace {

/// Checks the file on the thread that calls. @return what is wrong with it; empty when nothing is, or when it could not
/// be told
QString faultOf(const QString &path, const std::atomic<bool> &stop)
{
    const auto find = [&]() -> Result<QString> {
        Connection connection;
        if (Status opened = connection.open(path, Connection::Access::ReadOnly); !opened)
            return opened.error();
        connection.stopWhen(stop);
        // Each page is read once: a larger cache would only cost memory.
        if (const auto set = connection.value(u"PRAGMA cache_size = -256"_s); !set)
            return set.error();
        return structuralFault(connection);
    };
    const auto fault = find();
    if (!fault && fault.error().code != ErrorCode::DatabaseDamaged) {
        if (fault.error().code != ErrorCode::Cancelled)
            qCWarning(lcStorage).noquote() << "the database could not be checked for damage:" << fault.error().message;
        return {};
    }
    const QString what = fault ? *fault : fault.error().message;
    if (!what.isEmpty())
        qCCritical(lcStorage).noquote() << u"the database is damaged: %1. %2"_s.arg(what, Backup::wayBack(path));
    return what;
}

} // namespace

Result<QString> structuralFault(Connection &connection)
{
    const auto answer = connection.value(u"PRAGMA quick_check(1)"_s);
    if (!answer)
        return answer.error();
    const QString text = answer->toString();
    return text == "ok"_L1 ? QString() : text.simplified();
}

SoundnessCheck::SoundnessCheck(QObject *parent)
    : QObject(parent)
{
}

SoundnessCheck::~SoundnessCheck()
{
    m_stop = true;
    if (m_thread)
        m_thread->wait(); // SQLite looks at m_stop all the time
}

void SoundnessCheck::start(const QString &path, std::chrono::milliseconds delay)
{
    Q_ASSERT(!m_thread);
    QTimer::singleShot(delay, this, [this, path] { run(path); });
}

void SoundnessCheck::run(const QString &path)
{
    m_thread.reset(QThread::create([this, path] {
        const QString fault = faultOf(path, m_stop);
        callOn(this, [this, fault] {
            m_fault = fault;
            Q_EMIT finished();
        });
    }));
    m_thread->setObjectName("soundness"_L1);
    m_thread->start(QThread::LowestPriority);
}

} // namespace agent
