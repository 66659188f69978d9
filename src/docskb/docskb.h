#pragma once

#include <QString>
#include <QStringView>

#include <vector>

namespace agent {

/// A topic of the built-in help.
struct KbTopic
{
    QString slug;
    QString title;
    QString content; ///< Markdown, with the title as its heading
};

/// The built-in help (contract 06 section 9): a few texts compiled into the program. Immutable, any thread.
class DocsKb
{
public:
    DocsKb();

    [[nodiscard]] const std::vector<KbTopic> &topics() const { return m_topics; } ///< in reading order
    [[nodiscard]] const KbTopic *find(QStringView slug) const;
    /// Those that have a word of `query`, the ones that have them most often first. None for a blank query.
    [[nodiscard]] std::vector<const KbTopic *> search(QStringView query) const;

private:
    std::vector<KbTopic> m_topics;
};

} // namespace agent
