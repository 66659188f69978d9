#pragma once

#include "core/result.h"

#include <QString>

#include <optional>

namespace agent {

class Connection;

/// What a terminal leaves behind as a document (contract 06 section 8, category `outputs`): a log, a recording.
struct OutputDocument
{
    QString name;
    QString contentType; ///< a word of the `documents` table's check: "text", "recording"
    QString parentFolder;
    std::optional<QString> sessionId; ///< an unknown one is stored as none: clients pass ids of tabs, too
    QString content;
};

/// Inserts it with the current time; on the database thread. @return the new id
[[nodiscard]] Result<QString> insertOutputDocument(Connection &connection, const OutputDocument &document);

/// `id` when it is a saved session's, else nothing; on the database thread.
[[nodiscard]] Result<std::optional<QString>> knownSession(Connection &connection, const std::optional<QString> &id);

} // namespace agent
