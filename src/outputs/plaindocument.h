#pragma once

#include "core/result.h"

#include <QString>

#include <optional>

namespace agent {

class Connection;

/// What another room leaves behind as a document (contract 06 section 8): a log, a recording, a package. Never a note,
/// which only the documents room can seal.
struct PlainDocument
{
    QString name;
    QString category = QStringLiteral("outputs"); ///< a word of the `documents` table's check
    QString contentType;                          ///< the same: "text", "recording", "json"
    std::optional<QString> parentFolder;
    std::optional<QString> sessionId; ///< an unknown one is stored as none: clients pass ids of tabs, too
    QString content;
};

/// Inserts it with the current time; on the database thread. @return the new id
[[nodiscard]] Result<QString> insertPlainDocument(Connection &connection, const PlainDocument &document);

/// `id` when it is a saved session's, else nothing; on the database thread.
[[nodiscard]] Result<std::optional<QString>> knownSession(Connection &connection, const std::optional<QString> &id);

} // namespace agent
