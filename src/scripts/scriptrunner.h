#pragma once

#include "core/result.h"
#include "core/task.h"
#include "scripts/scriptdevice.h"
#include "scripts/scriptprocess.h"

#include <QObject>
#include <QThreadPool>

#include <chrono>
#include <memory>
#include <unordered_set>
#include <vector>

namespace agent {

class SseWriter;
class Wakeup;

/// Runs Python scripts on this machine (contract 04 sections 5.4 to 5.6): with an installed uv, else with python3, and
/// never fetches either. A run has no time limit; it goes on when its client has gone, but for a streamed one. Main
/// thread; the work is done on workers.
class ScriptRunner : public QObject
{
    Q_OBJECT

public:
    static constexpr int kMaxRuns = 16;                     ///< at a time; further ones are turned away
    static constexpr int kMaxParallel = 10;                 ///< devices of one run side by side
    static constexpr qint64 kMaxOutput = 10 * 1024 * 1024;  ///< bytes kept of each stream
    static constexpr qint64 kMaxOutputs = 64 * 1024 * 1024; ///< of all streams of a run on devices, about

    struct Outcome
    {
        QString output;
        QString error;
        int exitCode = -1; ///< -1: killed by a signal, or never started
        std::chrono::milliseconds took{0};
    };
    using Devices = std::shared_ptr<const std::vector<ScriptDevice>>;

    ScriptRunner(PythonPlaces places, const ChildDefaults &defaults, QObject *parent = nullptr);
    ~ScriptRunner() override; ///< ends what runs

    /// @return what `makeReady` does; Unavailable; Internal with the word EXECUTION_ERROR when it cannot be started
    [[nodiscard]] Task<Result<Outcome>> run(ScriptJob job);
    /// One outcome for each device, in their order; what cannot be started is an outcome, too.
    [[nodiscard]] Task<Result<std::vector<Outcome>>> runOnDevices(ScriptJob job, Devices devices, bool oneByOne);
    /// Runs it and sends each line of its output as an event, lines beyond `maxLine` bytes in pieces; ends it, with its
    /// whole process group, when the client goes. @return whether it came to its end
    [[nodiscard]] Task<bool> stream(ScriptJob job, std::shared_ptr<SseWriter> client, qsizetype maxLine);
    /// Ends what runs, and waits until it is answered; further runs are turned away.
    [[nodiscard]] Task<> stop();

Q_SIGNALS:
    void ended(); ///< a run, well or not

private:
    class Slot;

    void cancelAll();
    /// A place among those that run; null when there is none.
    [[nodiscard]] std::unique_ptr<Slot> takeSlot();
    [[nodiscard]] ScriptHost host() const;

    PythonPlaces m_places;
    ChildDefaults m_defaults;
    std::unordered_set<std::shared_ptr<Wakeup>> m_running; ///< woken: cancelled
    bool m_stopped = false;
    QThreadPool m_pool;    ///< a thread for each run
    QThreadPool m_devices; ///< and for each device of one
};

} // namespace agent
