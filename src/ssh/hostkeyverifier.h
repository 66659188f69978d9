#pragma once

#include "core/result.h"
#include "ssh/knownhosts.h"

#include <QString>

#include <functional>
#include <memory>
#include <optional>

namespace agent {

/// What a person is asked about a host key (contract 03 section 6.3).
struct HostKeyQuestion
{
    QString host;
    quint16 port = 22;
    QByteArray fingerprint;
    QByteArray previousFingerprint; ///< empty for an unknown host
};

/// Asks a person whether a host key is right. Thread-safe.
class HostKeyPrompter
{
public:
    /// Keeps the question open; destroying it withdraws the question.
    class Ticket
    {
    public:
        virtual ~Ticket() = default;
    };

    virtual ~HostKeyPrompter() = default;
    /// `answer` is called once, from any thread, never after the ticket is gone.
    virtual std::unique_ptr<Ticket> ask(HostKeyQuestion question, std::function<void(bool approved)> answer) = 0;
};

/// Who decides when the store does not: contract 03 section 6.2. Without a prompter, unknown keys are stored
/// silently and changed ones refused.
struct HostKeyPolicy
{
    std::shared_ptr<HostKeyPrompter> prompter = {};
    bool askAboutUnknown = false; ///< with a prompter: else only changed keys are asked about
};

enum class HostKeyVerdict { Known, Unknown, Changed, Revoked };

/// What the trust on record says about a key. "Changed" is also a host whose recorded kinds of key are no longer
/// offered: we ask for those kinds first, so a server that has them still would show one.
[[nodiscard]] HostKeyVerdict judge(const HostTrust &trust, const HostKey &offered);

/// The recorded key that a changed one stands in for: of the same type if there is one. Trust must not be empty.
[[nodiscard]] HostKey supersededBy(const HostTrust &trust, const HostKey &offered);

/// The refusals, with fingerprints (contract 03 section 6.2).
[[nodiscard]] Error changedKeyError(const QString &host, quint16 port, const HostKey &recorded, const HostKey &offered);
[[nodiscard]] Error revokedKeyError(const QString &host, quint16 port, const HostKey &offered);

} // namespace agent
