#include "ssh/sshsession.h"

#include <libssh/server.h>

#include <new>

namespace agent {

using namespace Qt::StringLiterals;

namespace {

/// Answers that may wait for a peer to read them. Our own data never waits in such numbers: channels write only when
/// all before has gone (SshChannelHost::canWrite).
constexpr quint64 kMaxUnreadAnswers = 4096;

void setOption(ssh_session session, ssh_options_e option, const void *value)
{
    if (ssh_options_set(session, option, value) != SSH_OK)
        qFatal("libssh refuses option %d: %s", int(option), ssh_get_error(session));
}

} // namespace

SshSession::SshSession(UniqueSocket socket, const QString &host, const QString &user, const AlgorithmLists &algorithms,
                       std::shared_ptr<StopSignal> stop)
    : m_stop(std::move(stop))
    , m_session(ssh_new())
{
    if (!m_session)
        throw std::bad_alloc();
    const bool readConfig = false;
    setOption(m_session, SSH_OPTIONS_PROCESS_CONFIG, &readConfig);
    // libssh must neither read nor write any known_hosts: that is ours (KnownHosts).
    setOption(m_session, SSH_OPTIONS_KNOWNHOSTS, "/dev/null");
    setOption(m_session, SSH_OPTIONS_GLOBAL_KNOWNHOSTS, "/dev/null");
    setOption(m_session, SSH_OPTIONS_KEY_EXCHANGE, algorithms.keyExchange.constData());
    setOption(m_session, SSH_OPTIONS_HOSTKEYS, algorithms.hostKeys.constData());
    setOption(m_session, SSH_OPTIONS_CIPHERS_C_S, algorithms.ciphers.constData());
    setOption(m_session, SSH_OPTIONS_CIPHERS_S_C, algorithms.ciphers.constData());
    setOption(m_session, SSH_OPTIONS_HMAC_C_S, algorithms.macs.constData());
    setOption(m_session, SSH_OPTIONS_HMAC_S_C, algorithms.macs.constData());
    setOption(m_session, SSH_OPTIONS_COMPRESSION, "no");
    setOption(m_session, SSH_OPTIONS_PUBLICKEY_ACCEPTED_TYPES, algorithms.publicKeys.constData());
    setOption(m_session, SSH_OPTIONS_RSA_MIN_SIZE, &algorithms.smallestRsaBits);
    // The names are checked by libssh against shell metacharacters, which matters to its ProxyCommand only; a name it
    // refuses is not used for anything else.
    ssh_options_set(m_session, SSH_OPTIONS_HOST, host.toUtf8().constData());
    ssh_options_set(m_session, SSH_OPTIONS_USER, user.toUtf8().constData());
    const SocketHandle descriptor = socket.release();
    setOption(m_session, SSH_OPTIONS_FD, &descriptor);
    ssh_set_blocking(m_session, 0);
    ssh_set_counters(m_session, &m_socketCounter, &m_packetCounter);
    ssh_set_message_callback(m_session, refuse, nullptr);
}

SshSession::~SshSession()
{
    ssh_free(m_session); // closes the socket
}

Status SshSession::exchangeKeys(Clock::time_point deadline)
{
    auto rc = complete(SSH_AGAIN, deadline, [this] { return ssh_connect(m_session); });
    if (!rc)
        return std::move(rc).error();
    if (*rc != SSH_OK)
        return Error{ErrorCode::ConnectionFailed, errorText()};
    return {};
}

bool SshSession::hadNoCommonAlgorithm() const
{
    // Its own words, not those of a server's goodbye.
    return QByteArrayView(ssh_get_error(m_session)).startsWith("kex error : no match for method");
}

Result<HostKey> SshSession::hostKey() const
{
    ssh_key raw = nullptr;
    if (ssh_get_server_publickey(m_session, &raw) != SSH_OK)
        return Error{ErrorCode::ConnectionFailed, u"the server shows no host key"_s};
    const SshKeyHandle key(raw);
    char *encoded = nullptr;
    if (ssh_pki_export_pubkey_base64(key.get(), &encoded) != SSH_OK)
        return Error{ErrorCode::ConnectionFailed, u"the server's host key cannot be read"_s};
    HostKey hostKey;
    hostKey.blob = QByteArray::fromBase64(encoded);
    ssh_string_free_char(encoded);
    hostKey.type = typeOfBlob(hostKey.blob);
    return hostKey;
}

/// What a server asks of us that no callback has taken: to open X11, agent or forwarded channels that nobody asked for,
/// to forward ports. Without this, libssh keeps it all for a server program to look at, and answers nothing.
int SshSession::refuse(ssh_session, ssh_message, void *) { return 1; } // which has libssh refuse it

bool SshSession::isPeerFlooding()
{
    if ((ssh_get_poll_flags(m_session) & SSH_WRITE_PENDING) == 0)
        m_packetsTaken = m_packetCounter.out_packets;
    return m_packetCounter.out_packets - m_packetsTaken > kMaxUnreadAnswers;
}

void SshSession::sendKeepalive()
{
    // libssh keeps the state of one outstanding request: the call after an answer only takes note of the answer.
    const quint64 sentBefore = m_packetCounter.out_packets;
    ssh_send_keepalive(m_session);
    if (m_packetCounter.out_packets == sentBefore)
        ssh_send_keepalive(m_session);
    m_isProbing = true;
}

bool SshSession::isGlobalRequestFree()
{
    // libssh does not say whether a keepalive was answered. While it remembers one, any other request sends nothing
    // and returns the state of that one.
    if (m_isProbing && ssh_channel_cancel_forward(m_session, "", 0) != SSH_AGAIN)
        m_isProbing = false;
    return !m_isProbing;
}

void SshSession::disconnect()
{
    // With the option still set, libssh takes the socket for someone else's and neither closes nor forgets it. This
    // unsets it, although the call reports an invalid value.
    ssh_options_set(m_session, SSH_OPTIONS_FD, nullptr);
    ssh_disconnect(m_session);
}

Status SshSession::waitForPeer(Clock::time_point deadline)
{
    if (m_stop->isStopped())
        return Error{ErrorCode::Cancelled, u"the connection was cancelled"_s};
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - Clock::now());
    if (left.count() <= 0)
        return Error{ErrorCode::ConnectionFailed, u"the server did not answer in time"_s};
    if (isPeerFlooding())
        return Error{ErrorCode::ConnectionFailed, u"the server asks without end and reads no answer"_s};
    const bool wantsWrite = (ssh_get_poll_flags(m_session) & SSH_WRITE_PENDING) != 0;
    PollEntry entries[2] = {{ssh_get_fd(m_session), short(wantsWrite ? POLLIN | POLLOUT : POLLIN), 0},
                            {m_stop->wakeup()->descriptor(), POLLIN, 0}};
    pollSockets(entries, 2, int(std::min<qint64>(left.count(), 3'600'000)));
    if (entries[1].revents != 0)
        m_stop->wakeup()->clear();
    if (m_stop->isStopped())
        return Error{ErrorCode::Cancelled, u"the connection was cancelled"_s};
    return {};
}

} // namespace agent
