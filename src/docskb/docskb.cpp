#include "docskb/docskb.h"

#include <QFile>
#include <QStringList>

#include <algorithm>
#include <array>

using namespace Qt::StringLiterals;

namespace agent {

namespace {

constexpr std::array kSlugs = {"concepts"_L1, "netbox"_L1, "crawler-netdisco"_L1, "enrichment"_L1,
                               "ai-and-documents"_L1};

KbTopic load(QLatin1StringView slug)
{
    QFile file(u":/docskb/%1.md"_s.arg(slug));
    if (!file.open(QIODevice::ReadOnly))
        qFatal("the built-in help lacks '%s'", slug.data());
    KbTopic topic{.slug = slug, .content = QString::fromUtf8(file.readAll())};
    topic.title = topic.content.section(u'\n', 0, 0).mid(2); // behind "# "
    return topic;
}

} // namespace

DocsKb::DocsKb()
{
    for (const QLatin1StringView slug : kSlugs)
        m_topics.push_back(load(slug));
}

const KbTopic *DocsKb::find(QStringView slug) const
{
    const auto found = std::ranges::find(m_topics, slug, &KbTopic::slug);
    return found == m_topics.end() ? nullptr : &*found;
}

std::vector<const KbTopic *> DocsKb::search(QStringView query) const
{
    const QStringList terms = query.toString().simplified().toLower().split(u' ', Qt::SkipEmptyParts);
    std::vector<std::pair<qsizetype, const KbTopic *>> scored;
    for (const KbTopic &topic : m_topics) {
        const QString text = QString(topic.title + u'\n' + topic.content).toLower();
        qsizetype score = 0;
        for (const QString &term : terms)
            score += text.count(term);
        if (score > 0)
            scored.emplace_back(score, &topic);
    }
    std::ranges::stable_sort(scored, std::ranges::greater(), &std::pair<qsizetype, const KbTopic *>::first);
    std::vector<const KbTopic *> topics;
    for (const auto &[score, topic] : scored)
        topics.push_back(topic);
    return topics;
}

} // namespace agent
