#include "sessionimport/opensshhost.h"

namespace agent::sessionimport {

using namespace Qt::StringLiterals;

struct OpenSshEvaluator::Options
{
    std::optional<QString> hostName;
    std::optional<QString> user;
    std::optional<quint16> port;
    QString tag;
    bool isFinal = false;
    OpenSshHost host;
};

namespace {

constexpr qsizetype kMaxIdentities = 100; // as OpenSSH

/// `%h` is the name given to ssh. Nothing when another token stands there, which ssh refuses too.
std::optional<QString> expandedHostName(const QString &text, const QString &alias)
{
    QString name;
    for (qsizetype i = 0; i < text.size(); ++i) {
        if (text[i] != u'%') {
            name += text[i];
            continue;
        }
        const QChar token = ++i < text.size() ? text[i] : QChar();
        if (token == u'h')
            name += alias;
        else if (token == u'%')
            name += u'%';
        else
            return std::nullopt;
    }
    return name;
}

template <typename T, typename V>
void keepFirst(std::optional<T> &option, V &&value)
{
    if (!option)
        option = std::forward<V>(value);
}

} // namespace

bool OpenSshEvaluator::matches(const OpenSshNode::Criterion &criterion, const QString &alias, const Options &options)
{
    const auto inList = [&](const QString &text, const QString &list) {
        return matchesList(text, list, m_budget) == ListMatch::Yes;
    };
    switch (criterion.what) {
    case MatchCriterion::All:
        return true;
    case MatchCriterion::Final:
        return options.isFinal;
    case MatchCriterion::Host: {
        QString name = options.hostName.value_or(alias);
        if (options.hostName && !options.isFinal) // where it is final it is expanded
            name = expandedHostName(name, alias).value_or(name);
        return inList(name.toLower(), criterion.patterns.toLower());
    }
    case MatchCriterion::OriginalHost:
        return inList(alias.toLower(), criterion.patterns.toLower());
    case MatchCriterion::User:
        return inList(options.user.value_or(m_localUser), criterion.patterns);
    case MatchCriterion::LocalUser:
        return inList(m_localUser, criterion.patterns);
    case MatchCriterion::Tagged:
        return options.tag.isEmpty() ? criterion.patterns.isEmpty() : inList(options.tag, criterion.patterns);
    case MatchCriterion::Never:
        return false;
    }
    Q_UNREACHABLE_RETURN(false);
}

bool OpenSshEvaluator::blockCounts(const OpenSshNode &node, const QString &alias, const Options &options)
{
    // The final pass looks at Host with the name found so far.
    const QString &host = options.isFinal ? *options.hostName : alias;
    if (node.kind == OpenSshNode::Kind::Match) {
        for (const OpenSshNode::Criterion &criterion : node.criteria) {
            // What cannot be known counts neither way.
            if (criterion.what == MatchCriterion::Never || matches(criterion, alias, options) == criterion.negated)
                return false;
        }
        return !node.criteria.isEmpty();
    }
    bool counts = false;
    for (const OpenSshNode::Pattern &pattern : node.patterns) {
        // Most are names, and a long file compares each with each.
        if (pattern.isName ? !m_budget.spend(1) || pattern.text != host : !matchesPattern(host, pattern.text, m_budget))
            continue;
        if (pattern.excludes)
            return false;
        counts = true;
    }
    return counts;
}

void OpenSshEvaluator::pass(const QString &alias, Options &options)
{
    bool counts = true;
    OpenSshHost &host = options.host;
    const auto &nodes = m_config.nodes;
    for (std::size_t i = 0; i < nodes.size() && m_budget.spend(1);) {
        const OpenSshNode &node = nodes[i++];
        switch (node.kind) {
        case OpenSshNode::Kind::Host:
        case OpenSshNode::Kind::Match:
            counts = blockCounts(node, alias, options);
            if (!counts)
                i = std::size_t(node.next);
            continue;
        case OpenSshNode::Kind::IncludeBegin:
            continue; // reached only where it counts: a block that does not is skipped whole
        case OpenSshNode::Kind::IncludeEnd:
            counts = true; // what a block inside decided ends with its file
            continue;
        case OpenSshNode::Kind::Option:
            break;
        }
        if (!counts)
            continue;
        switch (node.option) {
        case OpenSshOption::HostName:
            keepFirst(options.hostName, node.text);
            break;
        case OpenSshOption::User:
            keepFirst(options.user, node.text);
            break;
        case OpenSshOption::Port:
            keepFirst(options.port, quint16(node.number));
            break;
        case OpenSshOption::IdentityFile:
            if (!host.identityFiles.contains(node.text) && host.identityFiles.size() < kMaxIdentities)
                host.identityFiles.append(node.text);
            break;
        case OpenSshOption::ProxyJump: // whichever of the two comes first
            if (!host.proxyCommand)
                keepFirst(host.proxyJump, node.jumps);
            break;
        case OpenSshOption::ProxyCommand: // a ProxyJump `none` does not stand against it
            if (host.proxyJump.value_or(QList<Destination>()).isEmpty())
                keepFirst(host.proxyCommand, node.text);
            break;
        case OpenSshOption::Forward:
            if (!host.forwards.contains(node.forward) && host.forwards.size() < kMaxForwards)
                host.forwards.append(node.forward);
            break;
        case OpenSshOption::ServerAliveInterval:
            keepFirst(host.serverAliveInterval, node.number);
            break;
        case OpenSshOption::ConnectTimeout:
            keepFirst(host.connectTimeout, node.number);
            break;
        case OpenSshOption::Tag:
            if (options.tag.isEmpty())
                options.tag = node.text;
            break;
        case OpenSshOption::LegacyAlgorithms:
            host.legacyAlgorithms = true;
            break;
        }
    }
}

Result<OpenSshHost> OpenSshEvaluator::evaluate(const Destination &given)
{
    Options options;
    if (!given.user.isEmpty())
        options.user = given.user;
    options.port = given.port;
    pass(given.host, options);
    const auto name = options.hostName ? expandedHostName(*options.hostName, given.host) : given.host;
    if (!name || name->isEmpty())
        return Error{ErrorCode::Validation, u"HostName '%1' names no host"_s.arg(options.hostName.value_or(QString()))};
    if (m_config.hasFinal) {
        options.hostName = name->toLower();
        options.isFinal = true;
        pass(given.host, options);
    }
    if (m_budget.isSpent())
        return Error{ErrorCode::TooLarge, u"the configuration is too large to work out every host"_s};
    OpenSshHost host = std::move(options.host);
    host.hostName = name->toLower();
    host.port = options.port.value_or(22);
    host.hasUser = options.user.has_value();
    host.user = options.user.value_or(m_localUser);
    return host;
}

} // namespace agent::sessionimport
