#include "outputs/plaindocument.h"

#include "core/timestamp.h"
#include "core/uuid.h"
#include "storage/connection.h"

namespace agent {

using namespace Qt::StringLiterals;

Result<std::optional<QString>> knownSession(Connection &connection, const std::optional<QString> &id)
{
    if (!id)
        return std::optional<QString>();
    const auto found = connection.value(u"SELECT 1 FROM sessions WHERE id = ?"_s, {*id});
    if (!found)
        return found.error();
    return found->isValid() ? id : std::optional<QString>();
}

Result<QString> insertPlainDocument(Connection &connection, const PlainDocument &document)
{
    const auto session = knownSession(connection, document.sessionId);
    if (!session)
        return session.error();
    const QString id = newUuid();
    const QString now = Timestamp::now().toDatabaseText();
    const auto inserted =
        connection.execute(u"INSERT INTO documents (id, name, category, content_type, content, parent_folder, "
                           "session_id, created_at, updated_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"_s,
                           {id, document.name, document.category, document.contentType, document.content,
                            document.parentFolder ? QVariant(*document.parentFolder) : QVariant(),
                            *session ? QVariant(**session) : QVariant(), now, now});
    if (!inserted)
        return inserted.error();
    return id;
}

} // namespace agent
