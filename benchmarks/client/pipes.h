#pragma once

#include <string>
#include <string_view>

#include <sys/types.h>

namespace bench {

/// A child process on two pipes: the peer (`ssh -tt`) seen the way the agent's terminal is seen.
class Pipes
{
public:
    explicit Pipes(char **argv);
    ~Pipes();
    Pipes(const Pipes &) = delete;
    Pipes &operator=(const Pipes &) = delete;

    void write(std::string_view bytes);
    std::size_t read(char *bytes, std::size_t size); ///< 0: it has ended

private:
    pid_t m_pid = -1;
    int m_in = -1, m_out = -1;
};

} // namespace bench
