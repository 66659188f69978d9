#include "backend/tcpconnect.h"

#include "backend/workerthreads.h"

#include <mutex>
#include <vector>

namespace agent {

using namespace Qt::StringLiterals;
using Clock = std::chrono::steady_clock;

namespace {

struct Address
{
    int family;
    sockaddr_storage bytes;
    socklen_t length;
};

struct Lookup
{
    std::mutex mutex;
    bool done = false;
    int error = 0;
    std::vector<Address> addresses;
};

/// Enough for any name that means one machine.
constexpr std::size_t kMaxAddresses = 16;

int resolve(const std::string &host, const std::string &port, int flags, std::vector<Address> &addresses)
{
    addrinfo hints{};
    hints.ai_family = AF_UNSPEC;
    hints.ai_socktype = SOCK_STREAM;
    hints.ai_flags = flags;
    addrinfo *list = nullptr;
    const int error = getaddrinfo(host.c_str(), port.c_str(), &hints, &list);
    if (error != 0)
        return error;
    for (const addrinfo *entry = list; entry && addresses.size() < kMaxAddresses; entry = entry->ai_next) {
        Address address{entry->ai_family, {}, socklen_t(entry->ai_addrlen)};
        memcpy(&address.bytes, entry->ai_addr, entry->ai_addrlen);
        addresses.push_back(address);
    }
    freeaddrinfo(list);
    return 0;
}

int millisecondsUntil(Clock::time_point deadline)
{
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - Clock::now());
    return int(std::clamp<qint64>(left.count(), 0, 3'600'000));
}

Error cancelled() { return Error{ErrorCode::Cancelled, u"the connection was cancelled"_s}; }

Error failure(const QString &host, quint16 port, const QString &why)
{
    return Error{ErrorCode::ConnectionFailed, u"cannot connect to %1 port %2: %3"_s.arg(host).arg(port).arg(why)};
}

QString systemText(int error) { return qt_error_string(error); }

/// Asks the name server on a thread that nobody waits for: getaddrinfo cannot be cancelled.
Result<std::vector<Address>> lookUp(const QString &host, quint16 port, Clock::time_point deadline,
                                    const std::shared_ptr<StopSignal> &stop, WorkerThreads &threads)
{
    const std::string name = bareHost(host).toStdString(), service = std::to_string(port);
    std::vector<Address> addresses;
    if (resolve(name, service, AI_NUMERICHOST, addresses) == 0)
        return addresses;

    const auto lookup = std::make_shared<Lookup>();
    const bool started = threads.startDetached([lookup, name, service, wakeup = stop->wakeup()] {
        std::vector<Address> found;
        const int error = resolve(name, service, AI_ADDRCONFIG, found);
        const std::scoped_lock lock(lookup->mutex);
        lookup->error = error;
        lookup->addresses = std::move(found);
        lookup->done = true;
        wakeup->wake();
    });
    if (!started)
        return failure(host, port, u"too many name look-ups are waiting"_s);
    for (;;) {
        {
            const std::scoped_lock lock(lookup->mutex);
            if (lookup->done) {
                if (lookup->error != 0)
                    return failure(host, port, QString::fromLocal8Bit(gai_strerror(lookup->error)));
                return lookup->addresses;
            }
        }
        if (stop->isStopped())
            return cancelled();
        const int wait = millisecondsUntil(deadline);
        if (wait == 0)
            return failure(host, port, u"the name look-up timed out"_s);
        PollEntry entry{stop->wakeup()->descriptor(), POLLIN, 0};
        pollSockets(&entry, 1, wait);
        stop->wakeup()->clear();
    }
}

/// Connects to one address. @return the system's error, 0 when connected
Result<int> connectOne(SocketHandle socket, const Address &address, Clock::time_point deadline, StopSignal &stop)
{
    if (connect(socket, reinterpret_cast<const sockaddr *>(&address.bytes), address.length) == 0)
        return 0;
    if (!isConnecting(lastSocketError()))
        return lastSocketError();
    for (;;) {
        if (stop.isStopped())
            return cancelled();
        PollEntry entries[2] = {{socket, POLLOUT, 0}, {stop.wakeup()->descriptor(), POLLIN, 0}};
        const int wait = millisecondsUntil(deadline);
        pollSockets(entries, 2, wait);
        if (entries[1].revents != 0)
            stop.wakeup()->clear();
        if (entries[0].revents != 0) {
            int error = 0;
            socklen_t length = sizeof error;
            getsockopt(socket, SOL_SOCKET, SO_ERROR, reinterpret_cast<char *>(&error), &length);
            return error;
        }
        if (wait == 0)
            return ETIMEDOUT;
    }
}

} // namespace

Result<UniqueSocket> connectTcp(const QString &host, quint16 port, Clock::time_point deadline,
                                const std::shared_ptr<StopSignal> &stop, WorkerThreads &threads)
{
    auto addresses = lookUp(host, port, deadline, stop, threads);
    if (!addresses)
        return std::move(addresses).error();
    QString why = u"the name has no address"_s;
    auto addressesLeft = qint64(addresses->size());
    for (const Address &address : *addresses) {
        UniqueSocket socket(::socket(address.family, SOCK_STREAM, IPPROTO_TCP));
        const auto now = Clock::now();
        const auto share = now + (deadline - now) / addressesLeft--;
        if (!socket.isOpen()) {
            why = systemText(lastSocketError());
            continue;
        }
        makeNonBlocking(socket.get());
        const int yes = 1; // a keystroke must not wait for the acknowledgement of the one before
        setsockopt(socket.get(), IPPROTO_TCP, TCP_NODELAY, reinterpret_cast<const char *>(&yes), sizeof yes);
        auto error = connectOne(socket.get(), address, share, *stop);
        if (!error)
            return std::move(error).error();
        if (*error == 0)
            return socket;
        why = systemText(*error);
    }
    return failure(host, port, why);
}

QString bareHost(const QString &host)
{
    return host.startsWith(u'[') && host.endsWith(u']') ? host.sliced(1, host.size() - 2) : host;
}

} // namespace agent
