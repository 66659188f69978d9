#include "tasks/taskfeed.h"

#include "storage/database.h"
#include "tasks/taskstore.h"

namespace agent {

using namespace Qt::StringLiterals;

namespace {

/// A client's first message; it replaces the client's whole list.
struct InitMessage : TaskList
{
    QString type = u"init"_s;
};

} // namespace

/// Without a name: messages of WebSockets are not in the API document.
template <>
struct Schema<InitMessage>
{
    static constexpr auto fields =
        std::tuple_cat(std::tuple{field("type", &InitMessage::type, FieldFlag::ReadOnly)}, Schema<TaskList>::fields);
};

TaskFeed::TaskFeed(Database &database)
    : m_database(database)
{
}

TaskFeed::~TaskFeed()
{
    for (const auto &[id, socket] : m_clients)
        socket->disconnect(this);
}

void TaskFeed::add(std::unique_ptr<QWebSocket> socket)
{
    const Id id = ++m_lastId;
    QWebSocket *client = socket.get();
    m_clients[id] = std::move(socket);
    client->setMaxAllowedIncomingMessageSize(kMaxMessageBytes);
    client->setMaxAllowedIncomingFrameSize(kMaxMessageBytes);
    connect(client, &QWebSocket::disconnected, this, [this, id] {
        if (auto entry = m_clients.extract(id))
            entry.mapped().release()->deleteLater(); // it is telling us so itself
    });
    if (m_isStopped || m_clients.size() > kMaxClients)
        return client->close(m_isStopped ? QWebSocketProtocol::CloseCodeGoingAway
                                         : QWebSocketProtocol::CloseCodePolicyViolated);
    greet(client);
}

void TaskFeed::stop()
{
    m_isStopped = true;
    // Closing a socket may take it out of the map.
    std::vector<QWebSocket *> open;
    for (const auto &[id, socket] : m_clients)
        open.push_back(socket.get());
    for (QWebSocket *socket : open)
        socket->close(QWebSocketProtocol::CloseCodeGoingAway);
}

Task<> TaskFeed::greet(QPointer<QWebSocket> socket)
{
    auto message = co_await m_database.read([](Connection &c) -> Result<QByteArray> {
        auto list = taskstore::list(c, {});
        if (!list)
            return list.error();
        InitMessage init;
        static_cast<TaskList &>(init) = std::move(*list);
        return encode(init);
    });
    if (!socket)
        co_return;
    if (message)
        socket->sendTextMessage(QString::fromUtf8(*message));
    else
        socket->close(QWebSocketProtocol::CloseCodeBadOperation, message.error().message);
}

} // namespace agent
