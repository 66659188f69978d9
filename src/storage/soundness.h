#pragma once

#include "core/result.h"

#include <QObject>
#include <QString>
#include <QThread>

#include <atomic>
#include <chrono>
#include <memory>

namespace agent {

class Connection;

/// What SQLite finds wrong first with the structure of an open database (`quick_check`: every page, without comparing
/// indexes with their tables); empty when it is sound. Reads the whole file: some 5 ms for 10,000 sessions, 0.2 s for
/// 400 MB. @return Cancelled, or why it could not be told
[[nodiscard]] Result<QString> structuralFault(Connection &connection);

/// Looks once, after the start, for damage deep inside the file that opening it did not touch: on a thread of its own
/// at low priority, through a connection of its own that only reads. What it finds goes to the log, with the way back.
///
/// Main thread.
class SoundnessCheck : public QObject
{
    Q_OBJECT

public:
    explicit SoundnessCheck(QObject *parent = nullptr);
    ~SoundnessCheck() override; ///< ends a check that runs

    /// Begins after `delay`. Once in a life.
    void start(const QString &path, std::chrono::milliseconds delay);
    /// What is wrong with the file; empty as long as nothing was found.
    [[nodiscard]] QString fault() const { return m_fault; }

Q_SIGNALS:
    void finished();

private:
    void run(const QString &path);

    QString m_fault;
    std::atomic<bool> m_stop = false;
    std::unique_ptr<QThread> m_thread;
};

} // namespace agent
