#include "enrichment/enrichmenttoml.h"

#include "api/crud.h"
#include "enrichment/enrichmentstore.h"

#include <toml++/toml.hpp>

#include <algorithm>
#include <sstream>

namespace agent::enrichmenttoml {

using namespace Qt::StringLiterals;

namespace {

constexpr std::size_t kMaxEntries = 5000; ///< of each kind

/// Reads one table, remembering the first thing that is wrong.
class TableReader
{
public:
    TableReader(const toml::table &table, QString place)
        : m_table(table)
        , m_place(std::move(place))
    {
    }

    QString text(const char *key, const QString &otherwise = {})
    {
        const toml::node *node = m_table.get(key);
        if (!node)
            return otherwise;
        if (const auto value = node->value_exact<std::string>())
            return QString::fromStdString(*value);
        return fail(key, u"a text"_s), otherwise;
    }
    QString needed(const char *key)
    {
        const QString value = text(key);
        if (value.isEmpty() && m_status)
            fail(key, u"a text that is not empty"_s);
        return value;
    }
    QStringList texts(const char *key)
    {
        QStringList values;
        const toml::node *node = m_table.get(key);
        if (!node)
            return values;
        const toml::array *list = node->as_array();
        for (std::size_t i = 0; list && i < list->size(); ++i) {
            const auto value = (*list)[i].value_exact<std::string>();
            if (!value)
                list = nullptr;
            else
                values.append(QString::fromStdString(*value));
        }
        if (!list)
            fail(key, u"a list of texts"_s);
        return values;
    }
    qint32 number(const char *key, qint32 otherwise)
    {
        const toml::node *node = m_table.get(key);
        if (!node)
            return otherwise;
        const auto value = node->value_exact<int64_t>();
        if (value && *value >= std::numeric_limits<qint32>::min() && *value <= std::numeric_limits<qint32>::max())
            return qint32(*value);
        return fail(key, u"a whole number"_s), otherwise;
    }
    template <typename E>
    E word(const char *key, E otherwise)
    {
        if (!m_table.contains(key))
            return otherwise;
        const auto known = enumOf<E>(text(key));
        if (!known)
            fail(key, u"one of the known words"_s);
        return known.value_or(otherwise);
    }
    [[nodiscard]] const toml::table &table() const { return m_table; }
    [[nodiscard]] const Status &status() const { return m_status; }

private:
    void fail(const char *key, const QString &expected)
    {
        if (m_status)
            m_status = Error{ErrorCode::Validation,
                             u"%1: '%2' must be %3"_s.arg(m_place, QLatin1StringView(key), expected), u"toml"_s};
    }

    const toml::table &m_table;
    QString m_place;
    Status m_status;
};

/// The tables of `[[kind]]`, each with what to call it.
template <typename F>
Status forEachTable(const toml::table &parent, const char *kind, F visit)
{
    const toml::node *node = parent.get(kind);
    if (!node)
        return {};
    const toml::array *list = node->as_array();
    if (!list || list->size() > kMaxEntries)
        return Error{ErrorCode::Validation,
                     u"'%1' must be a list of at most %2 tables"_s.arg(QLatin1StringView(kind)).arg(kMaxEntries),
                     u"toml"_s};
    for (std::size_t i = 0; i < list->size(); ++i) {
        const toml::table *table = (*list)[i].as_table();
        const QString place = u"%1 %2"_s.arg(QLatin1StringView(kind)).arg(i + 1);
        if (!table)
            return Error{ErrorCode::Validation, u"%1 must be a table"_s.arg(place), u"toml"_s};
        TableReader reader(*table, place);
        if (Status visited = visit(reader); !visited)
            return visited;
        if (!reader.status())
            return reader.status();
    }
    return {};
}

Status readSource(TableReader &reader, NamedSource &named)
{
    EnrichmentSource &source = named.source;
    source.name = reader.needed("name");
    source.description = reader.text("description");
    source.kind = reader.word("kind", SourceKind::ApiResource);
    if (const QString id = reader.text("api_resource_id"); !id.isEmpty())
        source.apiResourceId = id;
    if (const QString name = reader.text("api_resource_name"); !name.isEmpty())
        named.apiResourceName = name;
    source.method = reader.text("method", u"GET"_s);
    source.pathTemplate = reader.text("path_template");
    source.responseUnwrap = reader.text("response_unwrap");
    return forEachTable(reader.table(), "picked_fields", [&](TableReader &field) -> Status {
        source.pickedFields.append(
            {field.needed("key"), field.text("label"), field.word("format", PickedFormat::String)});
        return {};
    });
}

void put(toml::table &table, const char *key, const QString &value)
{
    if (!value.isEmpty())
        table.insert(key, value.toStdString());
}

void put(toml::table &table, const char *key, const QStringList &values)
{
    if (values.isEmpty())
        return;
    toml::array list;
    for (const QString &value : values)
        list.push_back(value.toStdString());
    table.insert(key, std::move(list));
}

template <typename Model>
Result<std::optional<Model>> byName(Connection &connection, const QString &name)
{
    const auto found = repository::list<Model>(connection, u"WHERE name = ?"_s, {name});
    if (!found)
        return found.error();
    return found->isEmpty() ? std::nullopt : std::optional(found->first());
}

Status insert(Connection &connection, auto model)
{
    model.id = newUuid();
    crud::stampCreated(model);
    return repository::insert(connection, model);
}

/// The API resource that a source of another machine may mean here: by id if there is one, else by name.
Result<std::optional<QString>> resourceFor(Connection &connection, const NamedSource &named)
{
    const QString id = named.source.apiResourceId.value_or(QString());
    const auto found = connection.value(
        u"SELECT id FROM api_resources WHERE id = ? OR name = ? ORDER BY id = ? DESC, created_at, id LIMIT 1"_s,
        {id, named.apiResourceName.value_or(QString()), id});
    if (!found)
        return found.error();
    return found->isNull() ? std::nullopt : std::optional(found->toString());
}

Status importSource(Connection &connection, const NamedSource &named, bool overwrite, EnrichmentImportResult &result)
{
    const auto existing = byName<EnrichmentSource>(connection, named.source.name);
    if (!existing)
        return existing.error();
    if (*existing && !overwrite)
        return {};
    const auto resource = resourceFor(connection, named);
    if (!resource)
        return resource.error();
    EnrichmentSource source = named.source;
    source.apiResourceId = *resource;
    if (Status valid = enrichmentstore::check(connection, source); !valid)
        return valid;
    if (!*existing) {
        ++result.sourcesAdded;
        return insert(connection, source);
    }
    source.id = (*existing)->id;
    source.kind = (*existing)->kind;
    source.isBuiltin = (*existing)->isBuiltin;
    source.createdAt = (*existing)->createdAt;
    source.updatedAt = Timestamp::now();
    if (!source.apiResourceId)
        source.apiResourceId = (*existing)->apiResourceId; // what is bound here stays bound
    ++result.sourcesUpdated;
    return repository::update(connection, source);
}

Status importMatcher(Connection &connection, const NamedMatcher &named, bool overwrite, EnrichmentImportResult &result)
{
    const auto existing = byName<EnrichmentMatcher>(connection, named.matcher.name);
    if (!existing)
        return existing.error();
    EnrichmentMatcher matcher = named.matcher;
    if (!*existing || overwrite) {
        if (Status valid = enrichmentstore::check(matcher); !valid)
            return valid;
    }
    if (!*existing) {
        ++result.matchersAdded;
        if (Status added = insert(connection, matcher); !added)
            return added;
    } else if (overwrite) {
        matcher.id = (*existing)->id;
        matcher.isBuiltin = (*existing)->isBuiltin;
        matcher.updatedAt = Timestamp::now();
        ++result.matchersUpdated;
        if (Status updated = repository::update(connection, matcher); !updated)
            return updated;
    }
    if (named.sources.isEmpty())
        return {};
    QStringList ids;
    for (const QString &name : named.sources) {
        const auto source = byName<EnrichmentSource>(connection, name);
        if (!source)
            return source.error();
        if (*source)
            ids.append((*source)->id);
    }
    const auto stored = byName<EnrichmentMatcher>(connection, named.matcher.name);
    if (!stored)
        return stored.error();
    ++result.assignmentsUpdated;
    return enrichmentstore::setSources(connection, (*stored)->id, ids);
}

} // namespace

Result<Collection> parse(const QByteArray &text)
{
    toml::table root;
    try {
        root = toml::parse(std::string_view(text.constData(), std::size_t(text.size())));
    } catch (const toml::parse_error &failure) {
        return Error{ErrorCode::Validation,
                     u"TOML, line %1, column %2: %3"_s.arg(failure.source().begin.line)
                         .arg(failure.source().begin.column)
                         .arg(QString::fromUtf8(failure.description())),
                     u"toml"_s};
    }
    Collection collection;
    Status read = forEachTable(
        root, "source", [&](TableReader &reader) { return readSource(reader, collection.sources.emplaceBack()); });
    if (read) {
        read = forEachTable(root, "matcher", [&](TableReader &reader) -> Status {
            NamedMatcher &named = collection.matchers.emplaceBack();
            named.matcher.name = reader.needed("name");
            named.matcher.description = reader.text("description");
            named.matcher.patterns = reader.texts("patterns");
            named.matcher.cliFlavors = reader.texts("cli_flavors");
            named.matcher.priority = reader.number("priority", 10);
            named.sources = reader.texts("sources");
            return {};
        });
    }
    if (!read)
        return read.error();
    return collection;
}

QByteArray write(const Collection &collection)
{
    toml::array matchers, sources;
    for (const auto &[matcher, names] : collection.matchers) {
        toml::table table;
        put(table, "name", matcher.name);
        put(table, "description", matcher.description);
        put(table, "patterns", matcher.patterns);
        put(table, "cli_flavors", matcher.cliFlavors);
        table.insert("priority", int64_t(matcher.priority));
        put(table, "sources", names);
        matchers.push_back(std::move(table));
    }
    for (const auto &[source, resource] : collection.sources) {
        toml::table table;
        put(table, "name", source.name);
        put(table, "description", source.description);
        put(table, "kind", wordOf(source.kind).toString());
        put(table, "api_resource_id", source.apiResourceId.value_or(QString()));
        put(table, "api_resource_name", resource.value_or(QString()));
        put(table, "method", source.method);
        put(table, "path_template", source.pathTemplate);
        put(table, "response_unwrap", source.responseUnwrap);
        toml::array fields;
        for (const PickedField &field : source.pickedFields) {
            toml::table one;
            put(one, "key", field.key);
            one.insert("label", field.label.toStdString());
            put(one, "format", wordOf(field.format).toString());
            fields.push_back(std::move(one));
        }
        if (!fields.empty())
            table.insert("picked_fields", std::move(fields));
        sources.push_back(std::move(table));
    }
    toml::table root;
    if (!matchers.empty())
        root.insert("matcher", std::move(matchers));
    if (!sources.empty())
        root.insert("source", std::move(sources));
    std::ostringstream out;
    out << root << '\n';
    return QByteArray::fromStdString(out.str());
}

Result<Collection> stored(Connection &connection)
{
    const auto sources = repository::list<EnrichmentSource>(connection);
    if (!sources)
        return sources.error();
    const auto matchers = enrichmentstore::matchers(connection);
    if (!matchers)
        return matchers.error();
    Collection collection;
    QHash<QString, QString> names;
    for (const EnrichmentSource &source : *sources) {
        names.insert(source.id, source.name);
        NamedSource &named = collection.sources.emplaceBack(NamedSource{source, {}});
        if (!source.apiResourceId)
            continue;
        const auto name = connection.value(u"SELECT name FROM api_resources WHERE id = ?"_s, {*source.apiResourceId});
        if (!name)
            return name.error();
        named.apiResourceName = name->toString();
    }
    for (const EnrichmentMatcher &matcher : *matchers) {
        NamedMatcher &named = collection.matchers.emplaceBack(NamedMatcher{matcher, {}});
        for (const QString &id : matcher.sourceIds)
            named.sources.append(names.value(id));
    }
    return collection;
}

Result<EnrichmentImportResult> apply(Connection &connection, const Collection &collection, bool overwrite)
{
    EnrichmentImportResult result;
    for (const NamedSource &source : collection.sources) {
        if (Status imported = importSource(connection, source, overwrite, result); !imported)
            return imported.error();
    }
    for (const NamedMatcher &matcher : collection.matchers) {
        if (Status imported = importMatcher(connection, matcher, overwrite, result); !imported)
            return imported.error();
    }
    return result;
}

} // namespace agent::enrichmenttoml
