#pragma once

#include "core/jsoncontainers.h"
#include "core/schema.h"
#include "storage/repository.h"

namespace agent {

/// Who the assistant is to its user: at most one row (contract 08 section 16).
struct AiProfile
{
    using Weights = QMap<QString, double>;

    static constexpr qint64 kId = 1;

    qint64 id = kId;
    std::optional<QString> name;
    std::optional<QString> behaviorMode = QStringLiteral("assistant");
    std::optional<QString> autonomyLevel = QStringLiteral("suggest");
    Weights vendorWeights;
    Weights domainFocus;
    std::optional<QString> certPerspective = QStringLiteral("vendor-neutral");
    std::optional<QString> verbosity = QStringLiteral("balanced");
    std::optional<QString> riskTolerance = QStringLiteral("conservative");
    std::optional<QString> troubleshootingMethod = QStringLiteral("top-down");
    std::optional<QString> syntaxStyle = QStringLiteral("full");
    std::optional<QString> userExperienceLevel = QStringLiteral("mid");
    std::optional<QString> environmentType = QStringLiteral("production");
    QList<QString> safetyRules;
    std::optional<QString> communicationStyle;
    bool onboardingCompleted = false;

    friend bool operator==(const AiProfile &, const AiProfile &) = default;
};

template <>
struct Schema<AiProfile>
{
    static constexpr const char *name = "AiProfile";
    static constexpr auto fields = std::tuple{
        field("id", &AiProfile::id, FieldFlag::ReadOnly),
        field("name", &AiProfile::name),
        field("behavior_mode", &AiProfile::behaviorMode),
        field("autonomy_level", &AiProfile::autonomyLevel),
        field("vendor_weights", &AiProfile::vendorWeights),
        field("domain_focus", &AiProfile::domainFocus),
        field("cert_perspective", &AiProfile::certPerspective),
        field("verbosity", &AiProfile::verbosity),
        field("risk_tolerance", &AiProfile::riskTolerance),
        field("troubleshooting_method", &AiProfile::troubleshootingMethod),
        field("syntax_style", &AiProfile::syntaxStyle),
        field("user_experience_level", &AiProfile::userExperienceLevel),
        field("environment_type", &AiProfile::environmentType),
        field("safety_rules", &AiProfile::safetyRules),
        field("communication_style", &AiProfile::communicationStyle),
        field("onboarding_completed", &AiProfile::onboardingCompleted),
    };
};

template <>
struct Table<AiProfile>
{
    static constexpr const char *table = "ai_engineer_profile";
    static constexpr const char *order = "id";
    static constexpr const char *noun = "AI profile";
};

} // namespace agent
