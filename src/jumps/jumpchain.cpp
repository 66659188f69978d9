#include "jumps/jumpchain.h"

#include "storage/connection.h"

namespace agent {

using namespace Qt::StringLiterals;

Status storeJumpChain(Connection &connection, const QString &sessionId, const QStringList &jumpHostIds)
{
    auto removed = connection.execute(u"DELETE FROM nsx_jump_chain WHERE session_id = ?"_s, {sessionId});
    if (!removed)
        return removed.error();
    for (qsizetype position = 0; position < jumpHostIds.size(); ++position) {
        auto inserted =
            connection.execute(u"INSERT INTO nsx_jump_chain (session_id, position, jump_host_id) VALUES (?, ?, ?)"_s,
                               {sessionId, qint64(position), jumpHostIds[position]});
        if (!inserted)
            return inserted.error();
    }
    return {};
}

Result<QStringList> readJumpChain(Connection &connection, const QString &sessionId)
{
    QStringList jumpHostIds;
    bool isWhole = true;
    const Status read = connection.forEach(
        u"SELECT c.position, c.jump_host_id FROM nsx_jump_chain c JOIN sessions s ON s.id = c.session_id "
        "WHERE c.session_id = ? AND s.jump_host_id IS NOT NULL ORDER BY c.position"_s,
        {sessionId}, [&](const QSqlQuery &query) {
            isWhole = isWhole && query.value(0).toLongLong() == jumpHostIds.size();
            jumpHostIds.append(query.value(1).toString());
        });
    if (!read)
        return read.error();
    if (!isWhole)
        return Error{ErrorCode::Validation, u"a jump host of the session's chain was deleted"_s};
    return jumpHostIds;
}

Result<QHash<QString, QStringList>> readJumpChains(Connection &connection)
{
    QHash<QString, QStringList> chains;
    const Status read = connection.forEach(
        u"SELECT c.session_id, c.jump_host_id FROM nsx_jump_chain c JOIN sessions s ON s.id = c.session_id "
        "WHERE s.jump_host_id IS NOT NULL ORDER BY c.session_id, c.position"_s,
        {}, [&](const QSqlQuery &query) { chains[query.value(0).toString()].append(query.value(1).toString()); });
    if (!read)
        return read.error();
    return chains;
}

} // namespace agent
