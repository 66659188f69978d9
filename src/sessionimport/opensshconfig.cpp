#include "sessionimport/opensshconfig.h"

#include "sessionimport/opensshwords.h"

#include <QMap>

#include <algorithm>
#include <array>

namespace agent::sessionimport {

using namespace Qt::StringLiterals;

namespace {

constexpr int kMaxDepth = 16; // as OpenSSH
constexpr std::size_t kMaxNodes = 100'000;

/// Words of algorithm lists that only devices of old need.
constexpr std::array kLegacyAlgorithms{"diffie-hellman-group1-sha1"_L1,
                                       "diffie-hellman-group14-sha1"_L1,
                                       "diffie-hellman-group-exchange-sha1"_L1,
                                       "ssh-rsa"_L1,
                                       "ssh-dss"_L1,
                                       "3des-cbc"_L1,
                                       "aes128-cbc"_L1,
                                       "aes192-cbc"_L1,
                                       "aes256-cbc"_L1};

bool namesLegacyAlgorithm(QString list)
{
    if (list.startsWith(u'-'))
        return false; // taken away
    if (list.startsWith(u'+') || list.startsWith(u'^'))
        list.remove(0, 1);
    const QStringList names = list.split(u',');
    return std::ranges::any_of(kLegacyAlgorithms,
                               [&](QLatin1StringView algorithm) { return names.contains(algorithm); });
}

/// `[bind:]port` with an address in brackets; the bind address may be `*` or empty, both mean every address.
std::optional<ParsedForward> listener(const QString &text)
{
    if (text.contains(u'/'))
        return std::nullopt; // a Unix socket
    const auto both = readHostPort(text, HostPart::Optional);
    if (!both)
        return std::nullopt;
    const bool isEverywhere = both->host.isEmpty() && text.contains(u':');
    return ParsedForward{.bindAddress = isEverywhere ? u"*"_s : both->host, .listenPort = both->port};
}

class Reader
{
public:
    Reader(const IncludeSource &includes, ParsedImport &import)
        : m_includes(includes)
        , m_import(import)
    {
    }

    Result<OpenSshConfig> read(const SourceFile &main)
    {
        if (Status whole = readFile(main, 0); !whole)
            return whole.error();
        for (const auto &[at, lines] : m_ignored.asKeyValueRange()) {
            QString message = u"'%1' is not carried over"_s.arg(at.second);
            if (lines.size() > 1)
                message += u" (%1 lines)"_s.arg(lines.size());
            m_import.warnings.add(message, m_config.files[at.first], lines.first());
        }
        return std::move(m_config);
    }

private:
    Status readFile(const SourceFile &file, int depth)
    {
        m_bytes += file.bytes.size();
        if (m_bytes > kMaxBytes)
            return tooLarge();
        m_open.insert(file.name);
        const int outerFile = m_file;
        m_file = int(m_config.files.size());
        m_config.files.append(file.name);
        const qint64 outerLine = std::exchange(m_line, 0);
        std::optional<std::size_t> block;
        const QString text = QString::fromUtf8(file.bytes);
        for (const QStringView line : QStringView(text).tokenize(u'\n')) {
            ++m_line;
            if (Status done = readLine(line, depth, block); !done)
                return done;
        }
        closeBlock(block);
        m_line = outerLine;
        m_file = outerFile;
        m_open.remove(file.name);
        return {};
    }

    Status readLine(QStringView text, int depth, std::optional<std::size_t> &block)
    {
        auto split = splitOpenSshLine(text);
        if (!split) {
            warn(u"not understood: %1"_s.arg(split.error().message));
            return {};
        }
        if (!*split)
            return {};
        const OpenSshLine &line = **split;
        if (m_config.nodes.size() >= kMaxNodes)
            return tooLarge();
        if (line.words.isEmpty()) { // only a comment behind the keyword
            warn(u"'%1' has no value"_s.arg(line.keyword));
        } else if (line.keyword == "host"_L1) {
            closeBlock(block);
            block = m_config.nodes.size();
            add({.kind = OpenSshNode::Kind::Host, .patterns = patterns(line.words)});
        } else if (line.keyword == "match"_L1) {
            closeBlock(block);
            block = m_config.nodes.size();
            add({.kind = OpenSshNode::Kind::Match, .criteria = criteria(line.words)});
        } else if (line.keyword == "include"_L1) {
            for (const QString &pattern : line.words) {
                if (Status included = include(pattern, depth); !included)
                    return included;
            }
        } else {
            readOption(line);
        }
        return {};
    }

    void closeBlock(std::optional<std::size_t> block)
    {
        if (block)
            m_config.nodes[*block].next = qsizetype(m_config.nodes.size());
    }

    Status include(const QString &pattern, int depth)
    {
        if (depth + 1 >= kMaxDepth) {
            warn(u"Include '%1' is more than %2 levels deep and was left out"_s.arg(pattern,
                                                                                    QString::number(kMaxDepth)));
            return {};
        }
        const QList<SourceFile> files = m_includes.matching(pattern);
        if (files.isEmpty()) {
            if (!m_import.missingIncludes.contains(pattern)) {
                m_import.missingIncludes.append(pattern);
                warn(u"Include '%1' names no file that was given"_s.arg(pattern));
            }
            return {};
        }
        for (const SourceFile &file : files) {
            if (m_open.contains(file.name)) {
                warn(u"Include '%1' leads back into itself and was left out"_s.arg(file.name));
                continue;
            }
            const std::size_t begin = m_config.nodes.size();
            add({.kind = OpenSshNode::Kind::IncludeBegin});
            if (Status read = readFile(file, depth + 1); !read)
                return read;
            add({.kind = OpenSshNode::Kind::IncludeEnd});
            m_config.nodes[begin].next = qsizetype(m_config.nodes.size());
        }
        return {};
    }

    static QList<OpenSshNode::Pattern> patterns(const QStringList &words)
    {
        QList<OpenSshNode::Pattern> all;
        for (const QString &word : words) {
            const bool excludes = word.startsWith(u'!');
            all.append({.text = excludes ? word.sliced(1) : word,
                        .excludes = excludes,
                        .isName = !word.contains(u'*') && !word.contains(u'?')});
        }
        return all;
    }

    QList<OpenSshNode::Criterion> criteria(const QStringList &words)
    {
        static constexpr std::array known{
            std::pair{"all"_L1, MatchCriterion::All},
            std::pair{"canonical"_L1, MatchCriterion::Final},
            std::pair{"final"_L1, MatchCriterion::Final},
            std::pair{"host"_L1, MatchCriterion::Host},
            std::pair{"originalhost"_L1, MatchCriterion::OriginalHost},
            std::pair{"user"_L1, MatchCriterion::User},
            std::pair{"localuser"_L1, MatchCriterion::LocalUser},
            std::pair{"tagged"_L1, MatchCriterion::Tagged},
        };
        QList<OpenSshNode::Criterion> all;
        for (qsizetype i = 0; i < words.size(); ++i) {
            QString word = words[i];
            OpenSshNode::Criterion criterion{.negated = word.startsWith(u'!')};
            if (criterion.negated)
                word.remove(0, 1);
            std::optional<QString> value;
            if (const qsizetype equals = word.indexOf(u'='); equals >= 0) {
                value = word.sliced(equals + 1);
                word.truncate(equals);
            }
            word = word.toLower();
            const auto found = std::ranges::find_if(known, [&](const auto &entry) { return entry.first == word; });
            criterion.what = found != known.end() ? found->second : MatchCriterion::Never;
            if (word == "final"_L1)
                m_config.hasFinal = true;
            if (criterion.what != MatchCriterion::All && criterion.what != MatchCriterion::Final) {
                if (!value && i + 1 < words.size())
                    value = words[++i];
                if (!value) {
                    criterion.what = MatchCriterion::Never;
                    warn(u"Match '%1' has no value, so its block is left out"_s.arg(word));
                } else if (word == "exec"_L1) {
                    warn(u"Match exec is never run, so its block is left out"_s);
                } else if (criterion.what == MatchCriterion::Never) {
                    warn(u"Match '%1' is not known here, so its block is left out"_s.arg(word));
                }
                criterion.patterns = value.value_or(QString());
            }
            all.append(std::move(criterion));
        }
        return all;
    }

    void readOption(const OpenSshLine &line)
    {
        const QString &word = line.words.first();
        OpenSshNode node;
        if (line.keyword == "hostname"_L1 || line.keyword == "user"_L1 || line.keyword == "tag"_L1 ||
            line.keyword == "identityfile"_L1) {
            node.option = line.keyword == "hostname"_L1 ? OpenSshOption::HostName
                          : line.keyword == "user"_L1   ? OpenSshOption::User
                          : line.keyword == "tag"_L1    ? OpenSshOption::Tag
                                                        : OpenSshOption::IdentityFile;
            node.text = word;
        } else if (line.keyword == "port"_L1) {
            const auto port = readPort(word);
            if (!port)
                return notUnderstood(line);
            node.option = OpenSshOption::Port;
            node.number = *port;
        } else if (line.keyword == "serveraliveinterval"_L1 || line.keyword == "connecttimeout"_L1) {
            const bool isTimeout = line.keyword == "connecttimeout"_L1;
            if (word.compare("none"_L1, Qt::CaseInsensitive) == 0)
                return;
            const auto seconds = readDuration(word);
            if (!seconds)
                return notUnderstood(line);
            node.option = isTimeout ? OpenSshOption::ConnectTimeout : OpenSshOption::ServerAliveInterval;
            node.number = *seconds;
        } else if (line.keyword == "proxyjump"_L1) {
            node.option = OpenSshOption::ProxyJump;
            if (word.compare("none"_L1, Qt::CaseInsensitive) != 0) {
                for (const QStringView part : QStringView(word).tokenize(u',')) {
                    const auto jump = readDestination(part);
                    if (!jump || node.jumps.size() >= kMaxHops) {
                        notUnderstood(line);
                        // Not to be dialled directly instead.
                        node.option = OpenSshOption::ProxyCommand;
                        node.text = word;
                        break;
                    }
                    node.jumps.append(*jump);
                }
            }
        } else if (line.keyword == "proxycommand"_L1) {
            node.option = OpenSshOption::ProxyCommand;
            node.text = line.rest;
        } else if (line.keyword == "localforward"_L1 || line.keyword == "remoteforward"_L1 ||
                   line.keyword == "dynamicforward"_L1) {
            const auto forward = readForward(line);
            if (!forward)
                return;
            node.option = OpenSshOption::Forward;
            node.forward = *forward;
        } else if (line.keyword == "kexalgorithms"_L1 || line.keyword == "hostkeyalgorithms"_L1 ||
                   line.keyword == "ciphers"_L1) {
            if (!namesLegacyAlgorithm(word)) {
                m_ignored[{m_file, line.keyword}].append(m_line);
                return;
            }
            node.option = OpenSshOption::LegacyAlgorithms;
        } else {
            m_ignored[{m_file, line.keyword}].append(m_line);
            return;
        }
        add(std::move(node));
    }

    std::optional<ParsedForward> readForward(const OpenSshLine &line)
    {
        const auto left = listener(line.words.first());
        if (line.keyword != "dynamicforward"_L1 && line.words.size() < 2) {
            warn(line.keyword == "remoteforward"_L1
                     ? u"a RemoteForward without a target (a proxy) is not carried over"_s
                     : u"'%1' has no target"_s.arg(line.keyword));
            return std::nullopt;
        }
        if (!left) {
            notUnderstood(line);
            return std::nullopt;
        }
        ParsedForward forward = *left;
        if (line.keyword == "dynamicforward"_L1) {
            forward.type = ForwardType::Dynamic;
            return forward;
        }
        const auto right =
            line.words[1].contains(u'/') ? std::nullopt : readHostPort(line.words[1], HostPart::Required);
        if (!right) {
            notUnderstood(line);
            return std::nullopt;
        }
        forward.type = line.keyword == "localforward"_L1 ? ForwardType::Local : ForwardType::Remote;
        forward.host = right->host;
        forward.port = right->port;
        return forward;
    }

    void add(OpenSshNode node)
    {
        node.file = m_file;
        node.line = m_line;
        m_config.nodes.push_back(std::move(node));
    }

    void warn(QString message) { m_import.warnings.add(std::move(message), m_config.files[m_file], m_line); }
    void notUnderstood(const OpenSshLine &line)
    {
        warn(u"'%1 %2' is not understood and not carried over"_s.arg(line.keyword, line.rest.left(200)));
    }
    static Error tooLarge()
    {
        return {ErrorCode::TooLarge, u"the configuration with all it includes is too large to import"_s};
    }

    const IncludeSource &m_includes;
    ParsedImport &m_import;
    OpenSshConfig m_config;
    QMap<std::pair<int, QString>, QList<qint64>> m_ignored; // (file, keyword) -> lines
    QSet<QString> m_open;                                   // names of the files being read
    int m_file = 0;
    qint64 m_line = 0;
    qint64 m_bytes = 0;
};

} // namespace

Result<OpenSshConfig> readOpenSshConfig(const SourceFile &main, const IncludeSource &includes, ParsedImport &import)
{
    return Reader(includes, import).read(main);
}

} // namespace agent::sessionimport
