#pragma once

#include "core/result.h"
#include "tasks/agenttask.h"

#include <QString>

#include <optional>

namespace agent {

class Connection;

/// The rows of background tasks. All functions run on the database thread.
namespace taskstore {

struct Page
{
    std::optional<TaskStatus> status = {};
    qint64 limit = 50;
    qint64 offset = 0;
};
/// The newest tasks first.
[[nodiscard]] Result<TaskList> list(Connection &connection, const Page &page);

/// Deletes a task with those it delegated to; transcripts and interactions go with them. NotFound when unknown.
[[nodiscard]] Status removeTree(Connection &connection, const QString &id);

/// Nothing goes on after a restart (contract 09 section A5): what was waiting or running has failed, and nobody is
/// asked any more. @return how many tasks.
[[nodiscard]] Result<qint64> failInterrupted(Connection &connection);

} // namespace taskstore

} // namespace agent
