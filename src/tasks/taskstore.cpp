#include "tasks/taskstore.h"

#include "core/timestamp.h"

#include <chrono>

namespace agent::taskstore {

using namespace Qt::StringLiterals;

namespace {

/// The clock as tasks keep it: always six digits, because clients sort these texts (contract 09 section 0).
QString now()
{
    using namespace std::chrono;
    const auto time = duration_cast<microseconds>(system_clock::now().time_since_epoch());
    const auto seconds = duration_cast<std::chrono::seconds>(time);
    const QString fraction = QString::number((time - seconds).count()).rightJustified(6, u'0');
    return Timestamp(seconds.count()).toJsonText().chopped(1) + u'.' + fraction + "+00:00"_L1;
}

} // namespace

Result<TaskList> list(Connection &connection, const Page &page)
{
    QString tail = u"ORDER BY "_s + QLatin1StringView(Table<AgentTask>::order) + " LIMIT ? OFFSET ?"_L1;
    QVariantList values{page.limit, page.offset};
    if (page.status) {
        tail.prepend("WHERE status = ? "_L1);
        values.prepend(QString(wordOf(*page.status)));
    }
    auto tasks = repository::list<AgentTask>(connection, tail, values);
    if (!tasks)
        return tasks.error();
    const auto running = connection.value(u"SELECT count(*) FROM agent_tasks WHERE status = 'running'"_s);
    if (!running)
        return running.error();
    return TaskList{.tasks = std::move(*tasks), .runningCount = running->toInt()};
}

Status removeTree(Connection &connection, const QString &id)
{
    // In one statement: SQLite checks its references when all are gone. UNION ends a circle in a damaged file.
    auto removed = connection.execute(
        u"WITH RECURSIVE tree(id) AS (SELECT id FROM agent_tasks WHERE id = ? UNION SELECT t.id FROM agent_tasks t "
        "JOIN tree ON t.parent_task_id = tree.id) DELETE FROM agent_tasks WHERE id IN (SELECT id FROM tree)"_s,
        {id});
    if (!removed)
        return removed.error();
    return *removed > 0 ? Status() : Status(repository::notFound<AgentTask>());
}

Result<qint64> failInterrupted(Connection &connection)
{
    const QString time = now();
    auto failed = connection.execute(u"UPDATE agent_tasks SET status = 'failed', error_message = 'interrupted by "
                                     "restart', completed_at = ?, updated_at = ? WHERE status IN ('pending', "
                                     "'running')"_s,
                                     {time, time});
    if (!failed)
        return failed;
    auto expired = connection.execute(
        u"UPDATE task_interactions SET status = 'expired', resolved_at = ? WHERE status = 'pending'"_s, {time});
    if (!expired)
        return expired.error();
    return failed;
}

} // namespace agent::taskstore
