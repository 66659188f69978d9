// What scripts/bench measures with. Prints one JSON object. The agent's address comes from the environment:
// BENCH_PORT, BENCH_CERT (file), BENCH_TOKEN.
//
//   bench-client http PATH CONNECTIONS SECONDS      requests/s and latency over keep-alive connections
//   bench-client echo QUERY COUNT                   round trip of one key through /ws/terminal
//   bench-client flood QUERY COMMAND                runs COMMAND in the terminal, counts output up to the end mark
//   bench-client stall QUERY COMMAND                runs COMMAND, then reads nothing until stdin closes
//   bench-client drain QUERY COMMAND                runs COMMAND and reads until stdin closes
//   bench-client terminals QUERY COUNT              opens COUNT terminals, types into all at once and into one after
//   the
//                                                   other, prints the times and holds them open until stdin closes
//   bench-client peer-echo COUNT PROGRAM ...        the same through a program's pipes
//   bench-client peer-flood COMMAND PROGRAM ...

#include "pipes.h"
#include "tlsconnection.h"
#include "websocket.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include <unistd.h>

using namespace bench;
using Clock = std::chrono::steady_clock;

namespace {

// The far end turns every byte into itself: one process and one pseudo terminal, nothing to interpret.
constexpr auto kEchoCommand = "stty raw -echo; printf RE%s ADY; exec cat\r";
// The shell computes the mark, so that the echo of the command is not taken for it.
constexpr auto kEndMark = "END42END";
constexpr std::string_view kLastChunk = "\r\n0\r\n\r\n"; // RFC 9112 section 7.1
const std::string kPrintEndMark = "; printf 'END%dEND' $((40+2))";

std::string environment(const char *name)
{
    const char *value = std::getenv(name);
    return value ? value : "";
}

Target target()
{
    return {std::atoi(environment("BENCH_PORT").c_str()), environment("BENCH_CERT"), environment("BENCH_TOKEN")};
}

double microseconds(Clock::duration time) { return std::chrono::duration<double, std::micro>(time).count(); }

double quantile(std::vector<double> &values, double q)
{
    const auto at = values.begin() + std::ptrdiff_t(double(values.size() - 1) * q);
    std::nth_element(values.begin(), at, values.end());
    return *at;
}

void printTimes(std::vector<double> &times)
{
    const double p50 = quantile(times, 0.5), p99 = quantile(times, 0.99);
    std::printf("{\"p50_us\":%.1f,\"p99_us\":%.1f,\"count\":%zu}\n", p50, p99, times.size());
}

// Output remembers just enough to find a mark that is split over two reads.
class MarkFinder
{
public:
    explicit MarkFinder(std::string mark)
        : m_mark(std::move(mark))
    {
    }
    bool feed(std::string_view bytes)
    {
        // Only a short tail can hold the mark: it is the last thing printed.
        m_tail.append(bytes.substr(bytes.size() - std::min<std::size_t>(bytes.size(), 256)));
        const bool found = m_tail.find(m_mark) != std::string::npos;
        if (m_tail.size() > 512)
            m_tail.erase(0, m_tail.size() - 256);
        return found;
    }

private:
    std::string m_mark, m_tail;
};

void waitFor(WebSocket &socket, const std::string &mark)
{
    MarkFinder finder(mark);
    while (!finder.feed(outputOf(socket.receive()).json)) {
    }
}

void waitFor(Pipes &pipes, const std::string &mark)
{
    MarkFinder finder(mark);
    char bytes[4096];
    for (;;) {
        const std::size_t count = pipes.read(bytes, sizeof bytes);
        if (count == 0)
            throw std::runtime_error("the peer ended");
        if (finder.feed({bytes, count}))
            return;
    }
}

void measureEcho(int count, const std::function<void()> &roundTrip)
{
    for (int i = 0; i < 50; ++i)
        roundTrip();
    std::vector<double> times;
    for (int i = 0; i < count; ++i) {
        const auto begin = Clock::now();
        roundTrip();
        times.push_back(microseconds(Clock::now() - begin));
        std::this_thread::sleep_for(std::chrono::milliseconds(2)); // a person types into an idle line
    }
    printTimes(times);
}

int echo(const std::string &query, int count)
{
    WebSocket socket(target(), query);
    socket.type(kEchoCommand);
    waitFor(socket, "READY");
    measureEcho(count, [&socket] {
        socket.type("x");
        while (outputOf(socket.receive()).bytes == 0) {
        }
    });
    return 0;
}

int peerEcho(int count, char **argv)
{
    Pipes pipes(argv);
    pipes.write(kEchoCommand);
    waitFor(pipes, "READY");
    measureEcho(count, [&pipes] {
        char byte = 0;
        pipes.write("x");
        if (pipes.read(&byte, 1) == 0)
            throw std::runtime_error("the peer ended");
    });
    return 0;
}

void printFlood(std::uint64_t bytes, Clock::time_point begin)
{
    const double seconds = microseconds(Clock::now() - begin) / 1e6;
    std::printf("{\"bytes\":%llu,\"seconds\":%.3f,\"mb_per_s\":%.1f}\n", static_cast<unsigned long long>(bytes),
                seconds, double(bytes) / seconds / 1e6);
}

int flood(const std::string &query, const std::string &command)
{
    WebSocket socket(target(), query);
    socket.type("stty -echo; printf RE%s ADY\r");
    waitFor(socket, "READY");
    MarkFinder finder(kEndMark);
    std::uint64_t bytes = 0;
    const auto begin = Clock::now();
    socket.type(command + kPrintEndMark + "\r");
    for (bool done = false; !done;) {
        const Output output = outputOf(socket.receive());
        bytes += output.bytes;
        done = finder.feed(output.json);
    }
    printFlood(bytes, begin);
    return 0;
}

int peerFlood(const std::string &command, char **argv)
{
    Pipes pipes(argv);
    pipes.write("stty -echo; printf RE%s ADY\r");
    waitFor(pipes, "READY");
    MarkFinder finder(kEndMark);
    std::vector<char> buffer(256 * 1024);
    std::uint64_t bytes = 0;
    const auto begin = Clock::now();
    pipes.write(command + kPrintEndMark + "\r");
    for (bool done = false; !done;) {
        const std::size_t count = pipes.read(buffer.data(), buffer.size());
        if (count == 0)
            throw std::runtime_error("the peer ended");
        bytes += count;
        done = finder.feed({buffer.data(), count});
    }
    printFlood(bytes, begin);
    return 0;
}

/// Stays connected until the caller closes stdin.
int hold(const std::string &query, const std::string &command, bool reading)
{
    WebSocket socket(target(), query);
    socket.type(command + "\r");
    waitFor(socket, command.substr(0, 3)); // the terminal is there
    std::printf("{\"running\":true}\n");
    std::fflush(stdout);
    std::thread reader;
    if (reading) {
        reader = std::thread([&socket] {
            try {
                for (;;)
                    socket.receive();
            } catch (const std::exception &) {
            }
        });
        reader.detach();
    }
    char byte = 0;
    while (::read(STDIN_FILENO, &byte, 1) > 0) {
    }
    std::_Exit(0); // the reader may be in the middle of a message
}

void waitForKey(WebSocket &socket)
{
    while (outputOf(socket.receive()).bytes == 0) {
    }
}

int terminals(const std::string &query, std::size_t count)
{
    constexpr std::size_t kLoginsAtOnce = 10; // a person who opens a group of devices; sshd forks for each
    std::vector<std::unique_ptr<WebSocket>> sockets;
    const auto begin = Clock::now();
    while (sockets.size() < count) {
        const std::size_t first = sockets.size();
        while (sockets.size() < std::min(count, first + kLoginsAtOnce)) {
            sockets.push_back(std::make_unique<WebSocket>(target(), query));
            sockets.back()->type(kEchoCommand);
        }
        for (std::size_t at = first; at < sockets.size(); ++at)
            waitFor(*sockets[at], "READY");
    }
    const double opened = microseconds(Clock::now() - begin) / 1e6;
    const auto typed = Clock::now();
    for (const auto &socket : sockets)
        socket->type("x");
    for (const auto &socket : sockets)
        waitForKey(*socket);
    const double all = microseconds(Clock::now() - typed) / 1e3;
    std::vector<double> times;
    for (const auto &socket : sockets) {
        const auto sent = Clock::now();
        socket->type("x");
        waitForKey(*socket);
        times.push_back(microseconds(Clock::now() - sent));
    }
    const double p50 = quantile(times, 0.5), p99 = quantile(times, 0.99);
    std::printf("{\"count\":%zu,\"open_s\":%.1f,\"all_ms\":%.1f,\"p50_us\":%.1f,\"p99_us\":%.1f}\n", sockets.size(),
                opened, all, p50, p99);
    std::fflush(stdout);
    char byte = 0;
    while (::read(STDIN_FILENO, &byte, 1) > 0) {
    }
    return 0;
}

int http(const std::string &path, int connections, double seconds)
{
    const Target where = target();
    std::atomic<std::uint64_t> total = 0;
    std::vector<std::vector<double>> times(static_cast<std::size_t>(connections));
    std::vector<std::thread> threads;
    std::atomic<std::size_t> bodySize = 0;
    const auto stop =
        Clock::now() + std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(seconds));
    const auto begin = Clock::now();
    for (auto &mine : times) {
        threads.emplace_back([&] {
            TlsConnection connection(where);
            const std::string request = "GET " + path + " HTTP/1.1\r\nHost: 127.0.0.1:" + std::to_string(where.port) +
                                        "\r\nAuthorization: Bearer " + where.token + "\r\n\r\n";
            std::vector<char> buffer(1 << 20);
            while (Clock::now() < stop) {
                const auto sent = Clock::now();
                connection.write(request);
                std::string head;
                std::string tail; // the last bytes of a chunked answer, which tell its end
                std::size_t body = 0, length = 0;
                bool inBody = false, chunked = false;
                const auto keepTail = [&tail](std::string_view bytes) {
                    tail.append(bytes.substr(bytes.size() - std::min(bytes.size(), kLastChunk.size())));
                    tail.erase(0, tail.size() - std::min(tail.size(), kLastChunk.size()));
                };
                do {
                    const std::size_t count = connection.read(buffer.data(), buffer.size());
                    if (count == 0)
                        throw std::runtime_error("the agent closed the connection");
                    if (inBody) {
                        body += count;
                        keepTail({buffer.data(), count});
                        continue;
                    }
                    head.append(buffer.data(), count);
                    if (const auto end = head.find("\r\n\r\n"); end != std::string::npos) {
                        std::transform(head.begin(), head.begin() + std::ptrdiff_t(end), head.begin(), ::tolower);
                        if (head.compare(0, 12, "http/1.1 200") != 0)
                            throw std::runtime_error(head.substr(0, head.find('\r')));
                        chunked = head.find("transfer-encoding: chunked") < end;
                        if (!chunked)
                            length = std::strtoul(head.c_str() + head.find("content-length:") + 15, nullptr, 10);
                        body = head.size() - end - 4;
                        keepTail(std::string_view(head).substr(end + 2));
                        inBody = true;
                    }
                } while (!inBody || (chunked ? tail != kLastChunk : body < length));
                mine.push_back(microseconds(Clock::now() - sent));
                bodySize = body;
                ++total;
            }
        });
    }
    for (std::thread &thread : threads)
        thread.join();
    const double took = microseconds(Clock::now() - begin) / 1e6;
    std::vector<double> all;
    for (const auto &mine : times)
        all.insert(all.end(), mine.begin(), mine.end());
    const double p50 = quantile(all, 0.5), p99 = quantile(all, 0.99);
    std::printf("{\"rps\":%.0f,\"p50_us\":%.1f,\"p99_us\":%.1f,\"body\":%zu}\n", double(total) / took, p50, p99,
                bodySize.load());
    return 0;
}

int run(const std::vector<std::string> &words, char **argv)
{
    const std::string verb = words.empty() ? "" : words[0];
    const std::size_t count = words.size();
    if (verb == "http" && count == 4)
        return http(words[1], std::stoi(words[2]), std::stod(words[3]));
    if (verb == "echo" && count == 3)
        return echo(words[1], std::stoi(words[2]));
    if (verb == "flood" && count == 3)
        return flood(words[1], words[2]);
    if ((verb == "stall" || verb == "drain") && count == 3)
        return hold(words[1], words[2], verb == "drain");
    if (verb == "terminals" && count == 3)
        return terminals(words[1], std::stoul(words[2]));
    if (verb == "peer-echo" && count >= 3)
        return peerEcho(std::stoi(words[1]), argv + 3);
    if (verb == "peer-flood" && count >= 3)
        return peerFlood(words[1], argv + 3);
    std::fprintf(stderr, "see the head of benchmarks/client/main.cpp\n");
    return 2;
}

} // namespace

int main(int argc, char **argv)
{
    ::signal(SIGPIPE, SIG_IGN);
    try {
        return run({argv + 1, argv + argc}, argv);
    } catch (const std::exception &error) {
        std::fprintf(stderr, "bench-client: %s\n", error.what());
        return 1;
    }
}
