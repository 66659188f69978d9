#pragma once

#include "console/agentclient.h"
#include "console/consolearguments.h"
#include "console/importfiles.h"

namespace agent::console {

/// `netstacks-console import`: shows what the agent would make of a file, asks, and has it done.
class Importer
{
public:
    enum class Outcome { Imported, NothingToDo, Declined };

    Importer(AgentClient &client, int interruptions, ImportFiles files)
        : m_client(client)
        , m_interruptions(interruptions)
        , m_files(std::move(files))
    {
    }

    /// Prints the preview on stdout. Without `--yes` it asks on the terminal.
    Task<Result<Outcome>> run(Arguments arguments);

private:
    Task<Result<QByteArray>> preview(Arguments arguments);
    QByteArray previewBody(const Arguments &arguments) const;

    AgentClient &m_client;
    const int m_interruptions;
    ImportFiles m_files;
};

} // namespace agent::console
