#include "sftp/scpstream.h"

#include "core/foreigntext.h"
#include "ssh/sshconnection.h"

namespace agent {

using namespace Qt::StringLiterals;

namespace {

constexpr qsizetype kMaxLine = 8 * 1024;
constexpr qsizetype kMaxMessage = 300;

} // namespace

Error deviceComplaint(QByteArrayView words)
{
    const QByteArray lower = words.toByteArray().toLower();
    ErrorCode code = ErrorCode::Sftp;
    QString name = u"Failure"_s;
    if (lower.contains("no such file")) {
        code = ErrorCode::SftpNotFound;
        name = u"No such file"_s;
    } else if (lower.contains("permission denied")) {
        code = ErrorCode::SftpDenied;
        name = u"Permission denied"_s;
    }
    const QString text = foreignText(words.trimmed(), kMaxMessage);
    return {code, name + u": "_s + (text.isEmpty() ? name : text)};
}

/// Awaits the next news of the pipe, or the end of the patience.
class ScpStream::News
{
public:
    explicit News(ScpStream &stream)
        : m_stream(stream)
    {
    }
    bool await_ready() const { return std::exchange(m_stream.m_hasNews, false) || m_stream.m_end; }
    void await_suspend(std::coroutine_handle<> handle)
    {
        m_stream.m_waiting = handle;
        m_stream.m_limit.start(kSilenceLimit);
    }
    void await_resume() { m_stream.m_limit.stop(); }

private:
    ScpStream &m_stream;
};

ScpStream::ScpStream(std::shared_ptr<SshConnection> connection, QByteArray command)
    : m_pipe(std::make_unique<SshPipe>(std::move(connection), PipeCommand{std::move(command)},
                                       std::make_unique<PlainFramer>()))
{
    m_limit.setSingleShot(true);
    connect(&m_limit, &QTimer::timeout, this, [this] {
        m_hasTimedOut = true;
        wake();
    });
    // Queued: whoever hears it may end this object, and with it the pipe that told it.
    connect(m_pipe.get(), &SshPipe::newsArrived, this, &ScpStream::wake, Qt::QueuedConnection);
}

ScpStream::~ScpStream() = default;

void ScpStream::send(QByteArray bytes)
{
    m_isDrained = false;
    m_pipe->send(std::move(bytes));
}

ScpStream::News ScpStream::news() { return News(*this); }

void ScpStream::wake()
{
    m_hasNews = true;
    if (const auto waiting = std::exchange(m_waiting, {})) {
        m_hasNews = false;
        waiting.resume();
    }
}

Status ScpStream::endStatus() const
{
    if (m_hasTimedOut)
        return Error{ErrorCode::Sftp, u"Timeout"_s};
    if (!m_end)
        return {};
    if (m_end->how == PipeEnd::How::Closed)
        return deviceComplaint(m_end->errors);
    return Error{ErrorCode::Sftp, u"Connection lost: "_s + m_end->error.message};
}

Task<Status> ScpStream::wait(Until until)
{
    const auto isDone = [this, until] { return !m_input.isEmpty() || (until == Until::Drained && m_isDrained); };
    while (!isDone()) {
        PipeNews heard = m_pipe->take(); // no earlier: what is not taken slows the far side down
        m_isDrained = m_isDrained || heard.isDrained;
        for (const QByteArray &piece : heard.pieces)
            m_input += piece;
        if (heard.end)
            m_end = std::move(heard.end);
        if (isDone())
            break;
        if (Status ended = endStatus(); !ended)
            co_return ended;
        co_await news();
    }
    co_return Status();
}

Task<Status> ScpStream::untilDrained()
{
    m_pipe->announceDrained();
    return wait(Until::Drained);
}

Task<Status> ScpStream::expectGoOn()
{
    if (Status filled = co_await wait(Until::Input); !filled)
        co_return filled;
    const char code = m_input.front();
    m_input.remove(0, 1);
    if (code == '\0')
        co_return Status();
    if (code != '\1' && code != '\2')
        co_return Error{ErrorCode::Sftp, u"Bad message: the device does not speak SCP"_s};
    const auto words = co_await readLine();
    co_return words ? deviceComplaint(*words) : words.error();
}

Task<Result<QByteArray>> ScpStream::readLine()
{
    QByteArray line;
    for (;;) {
        if (Status filled = co_await wait(Until::Input); !filled)
            co_return filled.error();
        const qsizetype end = m_input.indexOf('\n');
        line += m_input.first(end < 0 ? m_input.size() : end);
        m_input.remove(0, end < 0 ? m_input.size() : end + 1);
        if (line.size() > kMaxLine)
            co_return Error{ErrorCode::Sftp, u"Bad message: the device does not speak SCP"_s};
        if (end >= 0)
            co_return line;
    }
}

Task<Result<QByteArray>> ScpStream::readSome(qint64 most)
{
    if (Status filled = co_await wait(Until::Input); !filled)
        co_return filled.error();
    QByteArray bytes = std::exchange(m_input, {});
    if (bytes.size() > most) {
        m_input = bytes.sliced(most);
        bytes.truncate(most);
    }
    co_return bytes;
}

Task<> ScpStream::end()
{
    m_pipe->endInput();
    while (co_await wait(Until::Input))
        m_input.clear();
}

} // namespace agent
