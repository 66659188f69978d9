#include "api/openapi.h"

#include "core/schema.h"
#include "net/router.h"

#include <map>

namespace agent {

namespace {

/// `{"error","code","field"?}`, contract 01 section 8.5.
struct ApiErrorBody
{
    QString error;
    QString code;
    std::optional<QString> field;
};

} // namespace

template <>
struct Schema<ApiErrorBody>
{
    static constexpr const char *name = "ApiError";
    static constexpr auto fields = std::tuple{
        field("error", &ApiErrorBody::error),
        field("code", &ApiErrorBody::code),
        field("field", &ApiErrorBody::field, FieldFlag::OmitNull),
    };
};

namespace {

void writeText(JsonWriter &writer, std::string_view key, QByteArrayView text)
{
    writer.key(key);
    writer.utf8(text);
}

/// "/api/sessions/:id" -> "/api/sessions/{id}"
QByteArray templated(const QByteArray &pattern, QList<QByteArray> *names = nullptr)
{
    QList<QByteArray> segments = pattern.split('/');
    for (QByteArray &segment : segments) {
        if (segment.startsWith(':') || segment.startsWith('*')) {
            if (names)
                names->append(segment.mid(1));
            segment = '{' + segment.mid(1) + '}';
        }
    }
    return segments.join('/');
}

void writeParameter(JsonWriter &writer, QByteArrayView name, QByteArrayView in, bool required)
{
    writer.beginObject();
    writeText(writer, "name", name);
    writeText(writer, "in", in);
    writer.key("required");
    writer.boolean(required);
    writer.key("schema");
    writer.beginObject();
    writeText(writer, "type", "string");
    writer.endObject();
    writer.endObject();
}

void writeContent(JsonWriter &writer, SchemaCollector &collector, const TypeDescription &type, bool list)
{
    writer.key("content");
    writer.beginObject();
    writer.key("application/json");
    writer.beginObject();
    writer.key("schema");
    if (list) {
        writer.beginObject();
        writeText(writer, "type", "array");
        writer.key("items");
        collector.reference(writer, type);
        writer.endObject();
    } else {
        collector.reference(writer, type);
    }
    writer.endObject();
    writer.endObject();
}

void writeResponses(JsonWriter &writer, SchemaCollector &collector, const Route &route)
{
    writer.key("responses");
    writer.beginObject();
    const bool upgrades = route.webSocketHandler && route.successStatus != 501;
    const QByteArray status = QByteArray::number(upgrades ? 101 : route.successStatus);
    writer.key(std::string_view(status.constData(), std::size_t(status.size())));
    writer.beginObject();
    writeText(writer, "description", upgrades ? "Switching to WebSocket" : "Success");
    if (route.responseType)
        writeContent(writer, collector, *route.responseType, route.responseIsList);
    writer.endObject();
    writer.key("default");
    writer.beginObject();
    writeText(writer, "description", "Failure");
    writeContent(writer, collector, typeOf<ApiErrorBody>(), false);
    writer.endObject();
    writer.endObject();
}

void writeOperation(JsonWriter &writer, SchemaCollector &collector, const Route &route,
                    const QList<QByteArray> &pathParameters)
{
    writer.beginObject();
    if (!route.summary.isEmpty())
        writeText(writer, "summary", route.summary);
    const QByteArray operationId =
        QByteArray(methodName(route.method).toByteArray()).toLower() +
        QByteArray(route.pattern).replace('/', '_').replace(':', "").replace('*', "").replace('-', '_');
    writeText(writer, "operationId", operationId);
    writer.key("parameters");
    writer.beginArray();
    for (const QByteArray &name : pathParameters)
        writeParameter(writer, name, "path", true);
    for (const QByteArray &name : route.queryParameters)
        writeParameter(writer, name, "query", false);
    writer.endArray();
    if (route.requestType) {
        writer.key("requestBody");
        writer.beginObject();
        writer.key("required");
        writer.boolean(true);
        writeContent(writer, collector, *route.requestType, false);
        writer.endObject();
    }
    writeResponses(writer, collector, route);
    writer.key("security");
    writer.beginArray();
    if (route.access != Access::Open) {
        writer.beginObject();
        writer.key(route.access == Access::Bearer ? "bearer" : "queryToken");
        writer.beginArray();
        writer.endArray();
        writer.endObject();
    }
    writer.endArray();
    writer.endObject();
}

void writeSecuritySchemes(JsonWriter &writer)
{
    writer.key("securitySchemes");
    writer.beginObject();
    writer.key("bearer");
    writer.beginObject();
    writeText(writer, "type", "http");
    writeText(writer, "scheme", "bearer");
    writer.endObject();
    writer.key("queryToken");
    writer.beginObject();
    writeText(writer, "type", "apiKey");
    writeText(writer, "in", "query");
    writeText(writer, "name", "token");
    writer.endObject();
    writer.endObject();
}

Task<Response> answerDocument(const Router &router) { co_return Response::json(openApiDocument(router)); }

} // namespace

QByteArray openApiDocument(const Router &router)
{
    std::map<QByteArray, std::vector<const Route *>> paths;
    for (const Route *route : router.routes())
        paths[route->pattern].push_back(route);

    JsonWriter writer;
    SchemaCollector collector;
    writer.beginObject();
    writeText(writer, "openapi", "3.1.0");
    writer.key("info");
    writer.beginObject();
    writeText(writer, "title", "NetStacks Local Agent");
    writeText(writer, "version", AGENT_VERSION);
    writer.endObject();
    writer.key("paths");
    writer.beginObject();
    for (const auto &[pattern, routes] : paths) {
        QList<QByteArray> parameters;
        const QByteArray path = templated(pattern, &parameters);
        writer.key(std::string_view(path.constData(), std::size_t(path.size())));
        writer.beginObject();
        for (const Route *route : routes) {
            const QByteArray method = methodName(route->method).toByteArray().toLower();
            writer.key(std::string_view(method.constData(), std::size_t(method.size())));
            writeOperation(writer, collector, *route, parameters);
        }
        writer.endObject();
    }
    writer.endObject();
    writer.key("components");
    writer.beginObject();
    writer.key("schemas");
    collector.writeAll(writer);
    writeSecuritySchemes(writer);
    writer.endObject();
    writer.endObject();
    return writer.take();
}

void registerOpenApi(Router &router)
{
    router.get("/api/openapi.json", [&router](Request) { return answerDocument(router); }).describe("This document");
}

} // namespace agent
