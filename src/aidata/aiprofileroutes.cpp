#include "aidata/aiprofileroutes.h"

#include "aidata/aiprofile.h"
#include "api/crud.h"

namespace agent {

using namespace Qt::StringLiterals;

namespace {

constexpr qsizetype kMaxWeights = 64;
constexpr qsizetype kMaxRules = 100;
constexpr TextRule kTextRule{.maxBytes = 4 * 1024, .mayBeEmpty = true, .mayHaveLineBreaks = true};

struct ProfileAnswer
{
    std::optional<AiProfile> profile;
};
struct ProfileStatus
{
    bool onboarded = false;
};
struct Success
{
    bool success = true;
};

} // namespace

template <>
struct Schema<ProfileAnswer>
{
    static constexpr const char *name = "AiProfileAnswer";
    static constexpr auto fields = std::tuple{field("profile", &ProfileAnswer::profile, FieldFlag::ReadOnly)};
};
template <>
struct Schema<ProfileStatus>
{
    static constexpr const char *name = "AiProfileStatus";
    static constexpr auto fields = std::tuple{field("onboarded", &ProfileStatus::onboarded, FieldFlag::ReadOnly)};
};
template <>
struct Schema<Success>
{
    static constexpr const char *name = "Success";
    static constexpr auto fields = std::tuple{field("success", &Success::success, FieldFlag::ReadOnly)};
};

namespace {

Error tooMany(QLatin1StringView field, qsizetype max)
{
    return {ErrorCode::Validation, u"field '%1' must have at most %2 entries"_s.arg(field).arg(max), field};
}

Status checkWeights(const AiProfile::Weights &weights, QLatin1StringView field)
{
    if (weights.size() > kMaxWeights)
        return tooMany(field, kMaxWeights);
    for (auto it = weights.cbegin(); it != weights.cend(); ++it) {
        if (Status name = checkText(it.key(), field); !name)
            return name;
    }
    return {};
}

Status checkProfile(const AiProfile &profile)
{
    Status status;
    forEachField<AiProfile>([&](const auto &field) {
        using T = typename std::decay_t<decltype(field)>::Type;
        if constexpr (std::same_as<T, std::optional<QString>>) {
            if (const auto &text = profile.*field.member; status && text)
                status = checkText(*text, QLatin1StringView(field.name), kTextRule);
        } else if constexpr (std::same_as<T, AiProfile::Weights>) {
            if (status)
                status = checkWeights(profile.*field.member, QLatin1StringView(field.name));
        }
    });
    if (!status)
        return status;
    if (profile.safetyRules.size() > kMaxRules)
        return tooMany("safety_rules"_L1, kMaxRules);
    for (const QString &rule : profile.safetyRules) {
        if (Status valid = checkText(rule, "safety_rules"_L1, kTextRule); !valid)
            return valid;
    }
    return {};
}

Result<std::optional<AiProfile>> read(Connection &connection)
{
    return repository::find<AiProfile>(connection, QString::number(AiProfile::kId));
}

/// Takes the place of the row, whose creation time stays.
Status replace(Connection &connection, const AiProfile &profile)
{
    auto stored = read(connection);
    if (!stored)
        return stored.error();
    if (!*stored)
        return repository::insert(connection, profile);
    if (Status updated = repository::update(connection, profile); !updated)
        return updated;
    auto stamped = connection.execute(u"UPDATE ai_engineer_profile SET updated_at = ? WHERE id = ?"_s,
                                      {Timestamp::now().toDatabaseText(), profile.id});
    return stamped ? Status() : Status(stamped.error());
}

Response succeeded(const Status &outcome)
{
    return outcome ? Response::json(encode(Success())) : Response::error(outcome.error());
}

template <typename Answer, typename F>
Task<Response> answerFrom(Database &database, F answerOf)
{
    const auto profile = co_await database.read(&read);
    co_return profile ? Response::json(encode(Answer{answerOf(*profile)})) : Response::error(profile.error());
}

Task<Response> putProfile(Database &database, Request request)
{
    const auto profile = decodeBody<AiProfile>(request);
    if (!profile)
        co_return Response::error(profile.error());
    if (Status valid = checkProfile(*profile); !valid)
        co_return Response::error(valid.error());
    co_return succeeded(co_await database.run([profile = *profile](Connection &c) { return replace(c, profile); }));
}

Task<Response> removeProfile(Database &database)
{
    co_return succeeded(co_await database.run([](Connection &c) -> Status {
        auto removed = c.execute(u"DELETE FROM ai_engineer_profile WHERE id = ?"_s, {AiProfile::kId});
        return removed ? Status() : Status(removed.error());
    }));
}

} // namespace

void registerAiProfileRoutes(Router &router, Database &database)
{
    constexpr auto path = "/api/ai/profile";
    router
        .get(path,
             [&database](Request) {
                 return answerFrom<ProfileAnswer>(database, [](const std::optional<AiProfile> &p) { return p; });
             })
        .describe("The assistant's profile; null before there is one")
        .returns(typeOf<ProfileAnswer>());
    router.put(path, [&database](Request r) { return putProfile(database, std::move(r)); })
        .describe("Replace the assistant's profile; absent fields take their defaults")
        .accepts(createBodyOf<AiProfile>())
        .returns(typeOf<Success>());
    router.remove(path, [&database](Request) { return removeProfile(database); })
        .describe("Forget the assistant's profile, and begin its onboarding anew")
        .returns(typeOf<Success>());
    router
        .get("/api/ai/profile/status",
             [&database](Request) {
                 return answerFrom<ProfileStatus>(
                     database, [](const std::optional<AiProfile> &p) { return p && p->onboardingCompleted; });
             })
        .describe("Whether the assistant knows its user")
        .returns(typeOf<ProfileStatus>());
}

} // namespace agent
