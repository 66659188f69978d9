#include "console/tty.h"

#include <array>
#include <cerrno>
#include <csignal>

#include <fcntl.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

namespace agent::console {

using namespace Qt::StringLiterals;

namespace {

constexpr std::array kFatalSignals{SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT};
constexpr std::size_t kMaxSecret = 1024; // the vault's own limit on a password

// A signal handler can reach nothing else; written before the handlers are installed.
termios savedMode;
volatile std::sig_atomic_t modeIsSaved = 0;

void restoreMode()
{
    if (modeIsSaved)
        ::tcsetattr(STDIN_FILENO, TCSANOW, &savedMode);
}

void restoreAndDie(int number)
{
    restoreMode(); // tcsetattr is async-signal-safe (POSIX)
    ::signal(number, SIG_DFL);
    ::raise(number);
}

struct Descriptor
{
    int value = -1;
    ~Descriptor()
    {
        if (value >= 0)
            ::close(value);
    }
};

/// False when an interruption comes first. The signals' pipe is watched rather than EINTR, which a signal just before
/// the read would never cause.
bool waitForKey(int tty, int interruptions)
{
    std::array<pollfd, 2> sources{{{tty, POLLIN, 0}, {interruptions, POLLIN, 0}}};
    while (::poll(sources.data(), sources.size(), -1) < 0) {
        if (errno != EINTR)
            return false;
    }
    return sources[1].revents == 0;
}

} // namespace

RawMode::RawMode()
{
    if (!stdinIsTerminal() || ::tcgetattr(STDIN_FILENO, &savedMode) != 0)
        return;
    modeIsSaved = 1;
    for (const int number : kFatalSignals)
        ::signal(number, restoreAndDie);
    termios raw = savedMode;
    ::cfmakeraw(&raw);
    ::tcsetattr(STDIN_FILENO, TCSADRAIN, &raw);
}

RawMode::~RawMode()
{
    if (!modeIsSaved)
        return;
    restoreMode();
    modeIsSaved = 0;
    for (const int number : kFatalSignals)
        ::signal(number, SIG_DFL);
}

bool stdinIsTerminal() { return ::isatty(STDIN_FILENO) == 1; }

QSize terminalSize()
{
    winsize size{};
    for (const int descriptor : {STDOUT_FILENO, STDIN_FILENO}) {
        if (::ioctl(descriptor, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 && size.ws_row > 0)
            return {size.ws_col, size.ws_row};
    }
    return {80, 24};
}

Result<Secret> askSecret(const QString &question, int interruptions)
{
    const Descriptor tty{::open("/dev/tty", O_RDWR | O_NOCTTY | O_CLOEXEC)};
    termios shown{};
    if (tty.value < 0 || ::tcgetattr(tty.value, &shown) != 0)
        return Error{.code = ErrorCode::Io, .message = u"there is no terminal to ask on: "_s + question};
    termios hidden = shown;
    hidden.c_lflag &= ~tcflag_t(ECHO);
    ::tcsetattr(tty.value, TCSAFLUSH, &hidden);
    writeAll(tty.value, (question + u": "_s).toUtf8());

    Secret buffer = Secret::ofSize(kMaxSecret);
    std::size_t length = 0;
    char c = 0;
    while (waitForKey(tty.value, interruptions) && ::read(tty.value, &c, 1) == 1 && c != '\n') {
        if (length < kMaxSecret)
            buffer.fill([&](char *bytes, std::size_t) { bytes[length++] = c; });
    }
    const bool complete = c == '\n';
    wipe(&c, 1);
    ::tcsetattr(tty.value, TCSAFLUSH, &shown);
    writeAll(tty.value, "\n");
    if (!complete)
        return Error{.code = ErrorCode::Cancelled, .message = u"interrupted"_s};
    return buffer.reveal([length](QByteArrayView bytes) { return Secret(bytes.first(qsizetype(length))); });
}

Result<bool> askYesNo(const QString &question, int interruptions)
{
    constexpr qsizetype kLongestAnswer = 16;
    const Descriptor tty{::open("/dev/tty", O_RDWR | O_NOCTTY | O_CLOEXEC)};
    if (tty.value < 0)
        return Error{.code = ErrorCode::Io,
                     .message = u"there is no terminal to ask on (--yes asks nothing): "_s + question};
    ::tcflush(tty.value, TCIFLUSH); // what was typed before the question answers another
    writeAll(tty.value, (question + u" [y/N] "_s).toUtf8());
    QByteArray answer;
    char c = 0;
    while (waitForKey(tty.value, interruptions) && ::read(tty.value, &c, 1) == 1 && c != '\n') {
        if (answer.size() < kLongestAnswer)
            answer.append(c);
    }
    if (c != '\n')
        return Error{.code = ErrorCode::Cancelled, .message = u"interrupted"_s};
    answer = answer.trimmed().toLower();
    return answer == "y" || answer == "yes";
}

bool writeAll(int descriptor, QByteArrayView bytes)
{
    while (!bytes.isEmpty()) {
        const ssize_t written = ::write(descriptor, bytes.data(), std::size_t(bytes.size()));
        if (written >= 0) {
            bytes = bytes.sliced(written);
        } else if (errno == EAGAIN) {
            pollfd ready{.fd = descriptor, .events = POLLOUT, .revents = 0};
            ::poll(&ready, 1, -1);
        } else if (errno != EINTR) {
            return false;
        }
    }
    return true;
}

} // namespace agent::console
