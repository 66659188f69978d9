#pragma once

#include "core/schema.h"
#include "storage/repository.h"

namespace agent {

/// How one kind of agent is set up: prompt, model and limits (contract 09 section A9).
struct AgentDefinition
{
    QString id;
    QString name;
    std::optional<QString> description;
    QString systemPrompt;
    std::optional<QString> provider; ///< null: what the AI settings say
    std::optional<QString> model;    ///< null: the same
    std::optional<double> temperature;
    qint32 maxIterations = 15;
    qint32 maxTokens = 4096;
    bool enabled = true;
    Timestamp createdAt;
    Timestamp updatedAt;

    friend bool operator==(const AgentDefinition &, const AgentDefinition &) = default;
};

template <>
struct Schema<AgentDefinition>
{
    static constexpr const char *name = "AgentDefinition";
    static constexpr auto fields = std::tuple{
        field("id", &AgentDefinition::id, FieldFlag::ReadOnly),
        field("name", &AgentDefinition::name, FieldFlag::Required),
        field("description", &AgentDefinition::description),
        field("system_prompt", &AgentDefinition::systemPrompt, FieldFlag::Required),
        field("provider", &AgentDefinition::provider),
        field("model", &AgentDefinition::model),
        field("temperature", &AgentDefinition::temperature),
        field("max_iterations", &AgentDefinition::maxIterations),
        field("max_tokens", &AgentDefinition::maxTokens),
        field("enabled", &AgentDefinition::enabled, FieldFlag::UpdateOnly),
        field("created_at", &AgentDefinition::createdAt, FieldFlag::ReadOnly),
        field("updated_at", &AgentDefinition::updatedAt, FieldFlag::ReadOnly),
    };
};

template <>
struct Table<AgentDefinition>
{
    static constexpr const char *table = "agent_definitions";
    static constexpr const char *order = "enabled DESC, name, id";
    static constexpr const char *noun = "agent definition";
};

} // namespace agent
