#pragma once

#include "core/result.h"
#include "mop/mopexecution.h"
#include "mop/mopexecutiondevice.h"
#include "mop/mopexecutionstep.h"

namespace agent {

/// What an action does to an execution, a device or a step (contract 09 sections C2 and C3): bookkeeping that the
/// client asks for, nothing is run. Lenient as to the order of actions, but a finished execution does not go on. Pure
/// functions.
namespace executionrules {

/// @return Conflict when the execution is complete, failed or aborted.
[[nodiscard]] Status start(MopExecution &execution);
[[nodiscard]] Status pause(MopExecution &execution);
[[nodiscard]] Status resume(MopExecution &execution);
/// Always allowed: clients cancel without looking.
[[nodiscard]] Status abort(MopExecution &execution);
/// @param aiAnalysis none: what there is stays.
[[nodiscard]] Status complete(MopExecution &execution, const std::optional<QString> &aiAnalysis);

[[nodiscard]] Status skip(MopExecutionDevice &device);
[[nodiscard]] Status retry(MopExecutionDevice &device);
[[nodiscard]] Status rollback(MopExecutionDevice &device);

[[nodiscard]] Status approve(MopExecutionStep &step);
[[nodiscard]] Status skipStep(MopExecutionStep &step);

/// What a client says came of a step; absent texts are cleared. `pending` resets the step.
struct Outcome
{
    MopStepStatus status = MopStepStatus::Pending;
    std::optional<QString> output;
    std::optional<QString> aiFeedback;
};
[[nodiscard]] Status record(MopExecutionStep &step, const Outcome &outcome);

} // namespace executionrules

} // namespace agent
