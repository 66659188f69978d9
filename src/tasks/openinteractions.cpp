#include "tasks/openinteractions.h"

#include <algorithm>
#include <tuple>

namespace agent {

using namespace Qt::StringLiterals;

namespace {

bool settles(ResolutionKind resolution, InteractionKind interaction)
{
    switch (resolution) {
    case ResolutionKind::Approve:
        return interaction == InteractionKind::Approval;
    case ResolutionKind::Answer:
    case ResolutionKind::AnswerStructured:
        return interaction == InteractionKind::Question;
    case ResolutionKind::Reject:
        return true;
    }
    Q_UNREACHABLE_RETURN(false);
}

} // namespace

void OpenInteractions::open(PendingInteraction interaction, Settle settle)
{
    const auto place = [](const PendingInteraction &one) { return std::tie(one.createdAt, one.id); };
    const auto after = std::ranges::upper_bound(m_open, place(interaction), {},
                                                [&place](const Open &open) { return place(open.interaction); });
    m_open.insert(after, {std::move(interaction), std::move(settle)});
}

void OpenInteractions::withdraw(const QString &id)
{
    std::erase_if(m_open, [&id](const Open &open) { return open.interaction.id == id; });
}

Status OpenInteractions::resolve(const QString &id, const Resolution &resolution)
{
    const auto found = std::ranges::find_if(m_open, [&id](const Open &open) { return open.interaction.id == id; });
    if (found == m_open.end())
        return Error{ErrorCode::NotFound, u"nothing of this id waits for an answer"_s};
    if (!settles(resolution.kind, found->interaction.kind))
        return Error{ErrorCode::NotFound,
                     u"no %1 waits for '%2'"_s.arg(wordOf(found->interaction.kind), wordOf(resolution.kind))};
    const Settle settle = std::move(found->settle);
    m_open.erase(found);
    settle(resolution);
    return {};
}

QList<PendingInteraction> OpenInteractions::list(const std::optional<QString> &taskId) const
{
    QList<PendingInteraction> found;
    for (const auto &[interaction, settle] : m_open) {
        if (!taskId || interaction.taskId == *taskId)
            found.append(interaction);
    }
    return found;
}

} // namespace agent
