#pragma once

#include "sessionimport/opensshconfig.h"
#include "sessionimport/wildcard.h"

namespace agent::sessionimport {

/// What ssh would do for one host of a configuration.
struct OpenSshHost
{
    QString hostName; ///< expanded, lower case
    quint16 port = 22;
    QString user;                                ///< the local user when nothing names one
    QStringList identityFiles;                   ///< as written
    bool hasUser = false;                        ///< `user` was named
    std::optional<QList<Destination>> proxyJump; ///< empty list: `none`
    std::optional<QString> proxyCommand;
    QList<ParsedForward> forwards;
    std::optional<quint32> serverAliveInterval;
    std::optional<quint32> connectTimeout;
    bool legacyAlgorithms = false;
};

/// Evaluates a configuration host by host as OpenSSH does: top down, the first value wins.
class OpenSshEvaluator
{
public:
    /// `config` must outlive this.
    OpenSshEvaluator(const OpenSshConfig &config, QString localUser)
        : m_config(config)
        , m_localUser(std::move(localUser))
    {
    }

    /// `given` as on ssh's command line: its user and port win. @return Validation: a text for people.
    [[nodiscard]] Result<OpenSshHost> evaluate(const Destination &given);

    [[nodiscard]] bool isExhausted() const { return m_budget.isSpent(); }

private:
    struct Options;
    bool blockCounts(const OpenSshNode &node, const QString &alias, const Options &options);
    bool matches(const OpenSshNode::Criterion &criterion, const QString &alias, const Options &options);
    void pass(const QString &alias, Options &options);

    const OpenSshConfig &m_config;
    const QString m_localUser;
    MatchBudget m_budget;
};

} // namespace agent::sessionimport
