#pragma once

#include "core/schema.h"

#include <functional>
#include <vector>

namespace agent {

enum class InteractionKind {
    Approval, ///< may this tool run?
    Question,
};

template <>
struct EnumWords<InteractionKind>
{
    static constexpr std::array words{std::pair{InteractionKind::Approval, "approval"},
                                      std::pair{InteractionKind::Question, "question"}};
};

/// What a task waits for a person to say (contract 09 section A1).
struct PendingInteraction
{
    QString id;
    QString taskId;
    InteractionKind kind = InteractionKind::Approval;
    QString prompt;
    std::optional<QList<QString>> choices;
    std::optional<QString> toolName;
    std::optional<RawJson> toolInput;
    std::optional<QString> diff;
    QString createdAt;
};

template <>
struct Schema<PendingInteraction>
{
    static constexpr const char *name = "PendingInteraction";
    static constexpr FieldFlag kShown = FieldFlag::ReadOnly, kOptional = FieldFlag::ReadOnly | FieldFlag::OmitNull;
    static constexpr auto fields = std::tuple{
        field("id", &PendingInteraction::id, kShown),
        field("task_id", &PendingInteraction::taskId, kShown),
        field("kind", &PendingInteraction::kind, kShown),
        field("prompt", &PendingInteraction::prompt, kShown),
        field("choices", &PendingInteraction::choices, kOptional),
        field("tool_name", &PendingInteraction::toolName, kOptional),
        field("tool_input", &PendingInteraction::toolInput, kOptional),
        field("diff", &PendingInteraction::diff, kOptional),
        field("created_at", &PendingInteraction::createdAt, kShown),
    };
};

enum class ResolutionKind { Approve, Reject, Answer, AnswerStructured };

template <>
struct EnumWords<ResolutionKind>
{
    static constexpr std::array words{
        std::pair{ResolutionKind::Approve, "approve"}, std::pair{ResolutionKind::Reject, "reject"},
        std::pair{ResolutionKind::Answer, "answer"}, std::pair{ResolutionKind::AnswerStructured, "answer_structured"}};
};

/// What the person said.
struct Resolution
{
    ResolutionKind kind = ResolutionKind::Reject;
    std::optional<QString> reason = {};
    std::optional<QString> text = {}; ///< of an answer
    std::optional<RawJson> json = {}; ///< of a structured answer; none: null
};

template <>
struct Schema<Resolution>
{
    static constexpr const char *name = "Resolution";
    static constexpr auto fields = std::tuple{
        field("kind", &Resolution::kind, FieldFlag::Required),
        field("reason", &Resolution::reason, FieldFlag::OmitNull),
        field("text", &Resolution::text, FieldFlag::OmitNull),
        field("json", &Resolution::json),
    };
};

/// The questions that wait for a person, all of them in memory: every window of the client asks for them more than once
/// a second. Lives on the main thread.
class OpenInteractions
{
public:
    /// Called once with what was said, after the interaction is off the list.
    using Settle = std::function<void(const Resolution &)>;

    void open(PendingInteraction interaction, Settle settle);
    /// Takes it off the list unsaid: its task is gone, or its time is over.
    void withdraw(const QString &id);
    /// @return NotFound for an unknown one, and for an answer of the wrong kind, which leaves it open: an answer can
    /// never approve a tool.
    [[nodiscard]] Status resolve(const QString &id, const Resolution &resolution);

    /// By the time they were opened, then id. @param taskId null: of all tasks.
    [[nodiscard]] QList<PendingInteraction> list(const std::optional<QString> &taskId = {}) const;

private:
    struct Open
    {
        PendingInteraction interaction;
        Settle settle;
    };
    std::vector<Open> m_open; ///< in the order of `list`
};

} // namespace agent
