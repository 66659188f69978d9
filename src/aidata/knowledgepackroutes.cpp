#include "aidata/knowledgepackroutes.h"

#include "core/schema.h"
#include "net/router.h"

#include <QFile>

namespace agent {

using namespace Qt::StringLiterals;

namespace {

/// Characters of a prompt that packs may fill (contract 08 section 16.1).
constexpr qint64 kTotalBudget = 5000;

struct PackSize
{
    QString category;
    QString name; ///< the key of the profile's weights
    qint64 size = 0;
};
struct PackSizes
{
    qint64 totalBudget = kTotalBudget;
    qint64 coreSize = 0; ///< of what is always in
    qint64 availableBudget = kTotalBudget;
    QList<PackSize> packs;
};

} // namespace

template <>
struct Schema<PackSize>
{
    static constexpr const char *name = "KnowledgePackSize";
    static constexpr auto fields = std::tuple{
        field("category", &PackSize::category, FieldFlag::ReadOnly),
        field("name", &PackSize::name, FieldFlag::ReadOnly),
        field("size", &PackSize::size, FieldFlag::ReadOnly),
    };
};
template <>
struct Schema<PackSizes>
{
    static constexpr const char *name = "KnowledgePackSizes";
    static constexpr auto fields = std::tuple{
        field("total_budget", &PackSizes::totalBudget, FieldFlag::ReadOnly),
        field("core_size", &PackSizes::coreSize, FieldFlag::ReadOnly),
        field("available_budget", &PackSizes::availableBudget, FieldFlag::ReadOnly),
        field("packs", &PackSizes::packs, FieldFlag::ReadOnly),
    };
};

namespace {

/// In the order in which packs of equal weight are chosen.
PackSizes packSizes()
{
    PackSizes sizes;
    const auto add = [&sizes](const QString &category, const QStringList &names) {
        for (const QString &name : names)
            sizes.packs.append({category, name, QFile(u":/aidata/packs/%1-%2.md"_s.arg(category, name)).size()});
    };
    add(u"core"_s, {u"core"_s});
    sizes.coreSize = sizes.packs.first().size;
    sizes.availableBudget = kTotalBudget - sizes.coreSize;
    add(u"domain"_s, {u"routing"_s, u"datacenter"_s, u"security"_s, u"wireless"_s, u"mpls"_s});
    add(u"vendor"_s, {u"cisco"_s, u"juniper"_s, u"arista"_s});
    return sizes;
}

Task<Response> readSizes() { co_return Response::json(encode(packSizes())); }

} // namespace

void registerKnowledgePackRoutes(Router &router)
{
    router.get("/api/ai/knowledge-pack-sizes", [](Request) { return readSizes(); })
        .describe("How much of a prompt the assistant's expert texts fill, in bytes")
        .returns(typeOf<PackSizes>());
}

} // namespace agent
