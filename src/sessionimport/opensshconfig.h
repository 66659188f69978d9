#pragma once

#include "sessionimport/endpoints.h"
#include "sessionimport/importmodel.h"

#include <QSet>

#include <vector>

namespace agent::sessionimport {

/// Hands out the files an `Include` names, so that no parser opens one.
class IncludeSource
{
public:
    virtual ~IncludeSource() = default;
    /// In the order they are to be read; empty when nothing matches. `pattern` is as written in the file.
    [[nodiscard]] virtual QList<SourceFile> matching(const QString &pattern) const = 0;
};

/// An option that matters to us.
enum class OpenSshOption {
    HostName,
    User,
    Port,
    IdentityFile,
    ProxyJump,
    ProxyCommand,
    Forward,
    ServerAliveInterval,
    ConnectTimeout,
    Tag,
    LegacyAlgorithms,
};

/// What a `Match` asks. `Never` stands for what cannot be known here: exec is never run.
enum class MatchCriterion { All, Final, Host, OriginalHost, User, LocalUser, Tagged, Never };

/// One step of the file, Includes in place. Which steps count depends on the host (opensshhost.h).
struct OpenSshNode
{
    enum class Kind { Host, Match, Option, IncludeBegin, IncludeEnd };
    struct Pattern
    {
        QString text; ///< without the `!`
        bool excludes = false;
        bool isName = false; ///< has no wildcard
    };
    struct Criterion
    {
        MatchCriterion what = MatchCriterion::All;
        bool negated = false;
        QString patterns;
    };

    Kind kind = Kind::Option;
    int file = 0; ///< index in OpenSshConfig::files
    qint64 line = 0;
    qsizetype next = 0; ///< of a block or an Include that does not count: where to go on

    QList<Pattern> patterns;   // Host
    QList<Criterion> criteria; // Match

    OpenSshOption option = OpenSshOption::HostName;
    QString text;
    quint32 number = 0;
    ParsedForward forward;
    QList<Destination> jumps; ///< ProxyJump, the first machine first; empty: `none`
};

/// An ssh_config(5) file, read once.
struct OpenSshConfig
{
    std::vector<OpenSshNode> nodes;
    QStringList files;
    bool hasFinal = false; ///< some Match asks for the final pass
};

/// Adds to `import` what was not understood and which Includes named nothing. Includes go 16 deep, a file never into
/// itself.
[[nodiscard]] Result<OpenSshConfig> readOpenSshConfig(const SourceFile &main, const IncludeSource &includes,
                                                      ParsedImport &import);

} // namespace agent::sessionimport
