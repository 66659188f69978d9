#include "mop/executionrules.h"

namespace agent::executionrules {

using namespace Qt::StringLiterals;

namespace {

bool isOver(MopExecutionStatus status)
{
    return status == MopExecutionStatus::Complete || status == MopExecutionStatus::Failed ||
           status == MopExecutionStatus::Aborted;
}

Status moveTo(MopExecution &execution, MopExecutionStatus next)
{
    if (isOver(execution.status))
        return Error{ErrorCode::Conflict, u"the execution is over: %1"_s.arg(wordOf(execution.status)), u"status"_s};
    execution.status = next;
    return {};
}

void end(MopExecutionStep &step, MopStepStatus status)
{
    step.status = status;
    step.completedAt = Timestamp::now();
}

void measure(MopExecutionStep &step)
{
    step.durationMs.reset();
    if (step.startedAt && step.completedAt)
        step.durationMs = (step.completedAt->secondsSinceEpoch() - step.startedAt->secondsSinceEpoch()) * 1000;
}

} // namespace

Status start(MopExecution &execution)
{
    if (Status moved = moveTo(execution, MopExecutionStatus::Running); !moved)
        return moved;
    execution.startedAt = Timestamp::now();
    execution.currentPhase = u"pre_checks"_s;
    return {};
}

Status pause(MopExecution &execution) { return moveTo(execution, MopExecutionStatus::Paused); }

Status resume(MopExecution &execution) { return moveTo(execution, MopExecutionStatus::Running); }

Status abort(MopExecution &execution)
{
    execution.status = MopExecutionStatus::Aborted;
    execution.completedAt = Timestamp::now();
    return {};
}

Status complete(MopExecution &execution, const std::optional<QString> &aiAnalysis)
{
    execution.status = MopExecutionStatus::Complete;
    execution.completedAt = Timestamp::now();
    if (aiAnalysis)
        execution.aiAnalysis = aiAnalysis;
    return {};
}

Status skip(MopExecutionDevice &device)
{
    device.status = MopDeviceStatus::Skipped;
    device.completedAt = Timestamp::now();
    return {};
}

Status retry(MopExecutionDevice &device)
{
    device.status = MopDeviceStatus::Pending;
    device.errorMessage.reset();
    device.startedAt.reset();
    device.completedAt.reset();
    return {};
}

Status rollback(MopExecutionDevice &device)
{
    device.status = MopDeviceStatus::Running;
    device.currentStepId.reset();
    return {};
}

Status approve(MopExecutionStep &step)
{
    end(step, MopStepStatus::Passed);
    measure(step);
    return {};
}

Status skipStep(MopExecutionStep &step)
{
    end(step, MopStepStatus::Skipped);
    return {};
}

Status record(MopExecutionStep &step, const Outcome &outcome)
{
    step.output = outcome.output;
    step.aiFeedback = outcome.aiFeedback;
    if (outcome.status == MopStepStatus::Pending) {
        step.status = outcome.status;
        step.startedAt.reset();
        step.completedAt.reset();
    } else {
        end(step, outcome.status);
    }
    measure(step);
    return {};
}

} // namespace agent::executionrules
