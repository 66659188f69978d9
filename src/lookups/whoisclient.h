#pragma once

#include "core/result.h"
#include "core/task.h"
#include "lookups/whoistext.h"

#include <chrono>
#include <functional>

namespace agent {

/// Asks WHOIS servers (RFC 3912), from IANA's down to the one that knows. Main thread; each call ends within its
/// limits.
class WhoisClient
{
public:
    struct Options
    {
        QString root = QStringLiteral("whois.iana.org");
        QString origins = QStringLiteral("whois.cymru.com"); ///< tells the AS of an address
        quint16 port = 43;
        std::chrono::milliseconds stepLimit = std::chrono::seconds(8);
        std::chrono::milliseconds limit = std::chrono::seconds(20); ///< for all steps
        int maxReferrals = 3;
        qsizetype maxBytes = 256 * 1024; ///< of one answer; the rest is cut off
        /// Where an answer may send us: only to names, at WHOIS's own port.
        std::function<bool(const whoistext::Referral &)> mayFollow = &isPublicServer;
    };
    explicit WhoisClient(Options options);
    WhoisClient()
        : WhoisClient(Options())
    {
    }

    /// The answer of the last server in the chain that had one. `query` must have been judged (LookupQuery).
    /// @return ConnectionFailed when no server answered
    [[nodiscard]] Task<Result<QString>> ask(QString query) const;

    /// The AS that announces `address`, by the origin service.
    [[nodiscard]] Task<Result<std::optional<AsnAnswer>>> originOf(QString address) const;

    [[nodiscard]] static bool isPublicServer(const whoistext::Referral &server);

private:
    Options m_options;
};

} // namespace agent
