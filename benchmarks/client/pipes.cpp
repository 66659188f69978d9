#include "pipes.h"

#include <csignal>
#include <stdexcept>

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

namespace bench {

Pipes::Pipes(char **argv)
{
    int in[2], out[2];
    if (::pipe2(in, O_CLOEXEC) != 0 || ::pipe2(out, O_CLOEXEC) != 0)
        throw std::runtime_error("no pipe");
    m_pid = ::fork();
    if (m_pid == 0) {
        ::dup2(in[0], STDIN_FILENO);
        ::dup2(out[1], STDOUT_FILENO);
        ::execvp(argv[0], argv);
        ::_exit(127);
    }
    ::close(in[0]);
    ::close(out[1]);
    m_in = in[1];
    m_out = out[0];
}

Pipes::~Pipes()
{
    ::close(m_in);
    ::close(m_out);
    ::kill(m_pid, SIGTERM);
    ::waitpid(m_pid, nullptr, 0);
}

void Pipes::write(std::string_view bytes)
{
    while (!bytes.empty()) {
        const ssize_t count = ::write(m_in, bytes.data(), bytes.size());
        if (count <= 0)
            throw std::runtime_error("the peer stopped reading");
        bytes.remove_prefix(std::size_t(count));
    }
}

std::size_t Pipes::read(char *bytes, std::size_t size)
{
    const ssize_t count = ::read(m_out, bytes, size);
    return count > 0 ? std::size_t(count) : 0;
}

} // namespace bench
