#pragma once

#include "core/result.h"
#include "core/task.h"
#include "exec/aiexec.h"
#include "exec/cancelflag.h"

#include <QByteArray>
#include <QString>

namespace agent {

class DeviceExec;

/// Files on devices, for an assistant (contract 03 section 10.7, contract 08 section 14). The far side needs a POSIX
/// shell.
///
/// A file is replaced as a whole or not at all, through a temporary file beside it; mode and, where the login may,
/// owner stay. Links in the path are resolved on the device and the rules then hold for where they lead. Content goes
/// over the command's standard input. Main thread.
class RemoteFiles
{
public:
    static constexpr qsizetype kMaxEdited = 1024 * 1024; ///< bytes of a file that is read to be edited

    /// `exec` outlives this object.
    explicit RemoteFiles(DeviceExec &exec)
        : m_exec(exec)
    {
    }

    // What fails on the device is in the answer; errors are Validation naming the field, NotFound for the session, and
    // the resolver's.

    [[nodiscard]] Task<Result<AiExecAnswer>> write(QString sessionId, QString path, QString content,
                                                   SharedCancelFlag cancel);
    /// `oldText` must occur exactly once in the file.
    [[nodiscard]] Task<Result<AiExecAnswer>> edit(QString sessionId, QString path, QString oldText, QString newText,
                                                  SharedCancelFlag cancel);
    /// One `s` command of sed, on every line.
    [[nodiscard]] Task<Result<AiExecAnswer>> patch(QString sessionId, QString path, QString sedExpression,
                                                   SharedCancelFlag cancel);

private:
    class Work;

    DeviceExec &m_exec;
};

} // namespace agent
