#pragma once

#include "core/result.h"
#include "core/task.h"

#include <QHostAddress>
#include <QStringList>

#include <chrono>
#include <optional>

namespace agent {

/// Names and addresses by the system's resolver, whose configuration is read for every question. Never longer than the
/// limit. Main thread.
class DnsResolver
{
public:
    struct Options
    {
        std::chrono::milliseconds limit = std::chrono::seconds(5);
        std::optional<QHostAddress> server; ///< asked for pointers instead of the system's; for tests
        quint16 port = 53;
    };
    explicit DnsResolver(Options options);
    DnsResolver()
        : DnsResolver(Options())
    {
    }

    /// The names of `address` (PTR), without the last dot, each once; empty when it has none.
    [[nodiscard]] Task<Result<QStringList>> namesOf(QHostAddress address) const;
    /// The addresses of `name`, each once, in the resolver's order; empty when it has none.
    [[nodiscard]] Task<Result<QStringList>> addressesOf(QString name) const;

private:
    Options m_options;
};

} // namespace agent
