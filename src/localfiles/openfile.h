#pragma once

#include "core/result.h"

#include <QString>

#include <optional>

namespace agent {

class LocalFiles;

/// What a program on this machine asks the Terminal to open in a workspace.
struct OpenFileOrder
{
    QString workspaceRoot;
    QString path;
    std::optional<quint32> line;
};

/// Leaves the order where the Terminal polls for it: `<root>/.netstacks/open-request.json` (contract 04 section 4),
/// never half written. Blocks. @return Validation with the word INVALID_PATH; Io; what GuardedFiles denies
[[nodiscard]] Status orderOpenFile(const LocalFiles &files, const OpenFileOrder &order);

} // namespace agent
