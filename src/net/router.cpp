#include "net/router.h"

#include "net/percent.h"

#include <algorithm>
#include <map>

namespace agent {

namespace {

/// Deeper paths match nothing: no route has half as many segments, and the search is recursive.
constexpr qsizetype kMaxSegments = 32;

constexpr Method kAllowOrder[] = {Method::Get, Method::Post, Method::Put, Method::Delete, Method::Patch};

QList<QByteArrayView> segmentsOf(QByteArrayView path)
{
    QList<QByteArrayView> segments;
    qsizetype start = 1; // after the leading slash
    while (segments.size() <= kMaxSegments) {
        const qsizetype slash = path.indexOf('/', start);
        if (slash < 0) {
            segments.append(path.sliced(start));
            break;
        }
        segments.append(path.sliced(start, slash - start));
        start = slash + 1;
    }
    return segments;
}

} // namespace

/// One segment of the tree. A node that ends some pattern has routes.
struct Router::Node
{
    struct Entry
    {
        Route *route;
        QList<QByteArray> names; // of the parameters: two patterns on one node may name them differently
    };

    std::map<QByteArray, std::unique_ptr<Node>, std::less<>> literals;
    std::unique_ptr<Node> parameter;
    std::unique_ptr<Node> run; // a parameter of one segment or more
    std::vector<Entry> entries;

    const Node *find(const QList<QByteArrayView> &segments, qsizetype at, QList<QByteArrayView> &values) const
    {
        if (at == segments.size())
            return entries.empty() ? nullptr : this;
        const QByteArrayView segment = segments[at];
        if (const auto literal = literals.find(segment); literal != literals.end()) {
            if (const Node *found = literal->second->find(segments, at + 1, values))
                return found;
        }
        if (segment.isEmpty())
            return nullptr;
        if (parameter) {
            values.append(segment);
            if (const Node *found = parameter->find(segments, at + 1, values))
                return found;
            values.removeLast();
        }
        for (qsizetype end = run ? segments.size() : at; end > at; --end) { // the longest first
            values.append(QByteArrayView(segment.begin(), segments[end - 1].end()));
            if (const Node *found = run->find(segments, end, values))
                return found;
            values.removeLast();
        }
        return nullptr;
    }

    const Entry *entry(Method method) const
    {
        const auto found = std::ranges::find_if(entries, [&](const Entry &e) { return e.route->method == method; });
        return found == entries.end() ? nullptr : &*found;
    }

    QByteArray allowed() const
    {
        QByteArray list;
        for (Method method : kAllowOrder) {
            if (!entry(method))
                continue;
            if (!list.isEmpty())
                list += ',';
            list += methodName(method);
            if (method == Method::Get)
                list += ",HEAD";
        }
        return list;
    }
};

Router::Router()
    : m_root(std::make_unique<Node>())
{
}

Router::~Router() = default;

Route &Router::add(Method method, QByteArray pattern, Access access, Handler handler)
{
    if (!pattern.startsWith('/') || method == Method::Head || method == Method::Options)
        qFatal("a route starts with '/'; HEAD and OPTIONS are answered by the front door");
    auto &route = *m_routes.emplace_back(std::make_unique<Route>());
    route.method = method;
    route.pattern = std::move(pattern);
    route.access = access;
    route.handler = std::move(handler);

    Node *node = m_root.get();
    QList<QByteArray> names;
    for (QByteArrayView segment : segmentsOf(route.pattern)) {
        std::unique_ptr<Node> *next = nullptr;
        if (segment.startsWith(':') || segment.startsWith('*')) {
            names.append(segment.sliced(1).toByteArray());
            next = segment.startsWith(':') ? &node->parameter : &node->run;
        } else {
            next = &node->literals[segment.toByteArray()];
        }
        if (!*next)
            *next = std::make_unique<Node>();
        node = next->get();
    }
    if (node->entry(method))
        qFatal("route registered twice: %s", route.pattern.constData());
    node->entries.push_back({&route, std::move(names)});
    return route;
}

Route &Router::addWebSocket(QByteArray pattern, WebSocketHandler handler)
{
    Route &route = add(Method::Get, std::move(pattern), Access::QueryToken, {});
    route.webSocketHandler = std::move(handler);
    return route;
}

RouteMatch Router::match(std::optional<Method> method, QByteArrayView rawPath) const
{
    RouteMatch match;
    if (!rawPath.startsWith('/'))
        return match;
    const auto segments = segmentsOf(rawPath);
    QList<QByteArrayView> values;
    const Node *node = segments.size() > kMaxSegments ? nullptr : m_root->find(segments, 0, values);
    if (!node)
        return match;

    QList<QString> decoded;
    for (QByteArrayView value : std::as_const(values)) {
        auto text = percentDecoded(value);
        if (!text)
            return match;
        decoded.append(std::move(*text));
    }
    match.pathKnown = true;
    match.bearerOnPath = std::ranges::any_of(
        node->entries, [](const Node::Entry &entry) { return entry.route->access == Access::Bearer; });

    const auto *entry = method ? node->entry(*method == Method::Head ? Method::Get : *method) : nullptr;
    if (!entry) {
        match.allowed = node->allowed();
        return match;
    }
    match.route = entry->route;
    for (qsizetype i = 0; i < decoded.size(); ++i)
        match.params.emplaceBack(entry->names[i], std::move(decoded[i]));
    return match;
}

std::vector<const Route *> Router::routes() const
{
    std::vector<const Route *> sorted;
    sorted.reserve(m_routes.size());
    for (const auto &route : m_routes)
        sorted.push_back(route.get());
    std::ranges::sort(sorted, [](const Route *a, const Route *b) {
        return std::pair(QByteArrayView(a->pattern), a->method) < std::pair(QByteArrayView(b->pattern), b->method);
    });
    return sorted;
}

} // namespace agent
