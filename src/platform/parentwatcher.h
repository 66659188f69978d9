#pragma once

#include <QObject>

#include <memory>

namespace agent {

/// The process that started us. To be asked first thing in main: it may die while we start.
[[nodiscard]] qint64 parentProcessId();

/// Tells when the process that started us is gone (contract 01 section 11). Compares with the remembered id, never
/// with 1, so that a sub-reaper adopting us is noticed too; a parent that died before `start` is noticed there.
/// Main thread.
class ParentWatcher : public QObject
{
    Q_OBJECT

public:
    using QObject::QObject;
    /// Connect first: `parentDied` may be emitted from inside.
    virtual void start() = 0;

Q_SIGNALS:
    void parentDied();
};

/// `parent` is what parentProcessId() said at the start. Null when that is 1 or less: init, or none we can see.
[[nodiscard]] std::unique_ptr<ParentWatcher> makeParentWatcher(qint64 parent);

} // namespace agent
