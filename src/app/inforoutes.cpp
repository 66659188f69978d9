#include "app/inforoutes.h"

#include "core/schema.h"
#include "net/router.h"

namespace agent {

namespace {

using namespace Qt::StringLiterals;

struct Info
{
    QString name = u"NetStacks"_s;
    QString version = QStringLiteral(AGENT_VERSION);
    QString mode = u"Local"_s; // the other mode is the Controller's, which is not this program
};

} // namespace

template <>
struct Schema<Info>
{
    static constexpr const char *name = "Info";
    static constexpr auto fields = std::tuple{
        field("name", &Info::name, FieldFlag::ReadOnly),
        field("version", &Info::version, FieldFlag::ReadOnly),
        field("mode", &Info::mode, FieldFlag::ReadOnly),
    };
};

namespace {

Task<Response> readInfo(Request)
{
    JsonWriter writer;
    JsonCodec<Info>::write(writer, Info());
    co_return Response::json(writer.take());
}

} // namespace

void registerInfoRoutes(Router &router)
{
    router.get("/api/info", readInfo).describe("Name, version and mode of this agent").returns(typeOf<Info>());
}

} // namespace agent
