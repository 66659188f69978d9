#include "templating/evaluator.h"
#include "templating/objects.h"
#include "templating/parser.h"

using namespace Qt::StringLiterals;

namespace agent::templating {

using Type = Value::Type;

std::shared_ptr<const Document> Evaluator::load(const QString &name)
{
    if (const auto loaded = m_loaded.constFind(name); loaded != m_loaded.constEnd())
        return *loaded;
    const auto source = m_loader ? m_loader->source(name) : std::nullopt;
    if (!source)
        return nullptr;
    m_sources += source->size();
    if (m_sources > m_limits.sources)
        exceeded(u"templates are too long"_s);
    step(1 + (source->size() / 16));
    const auto document = parseTemplate(*source, name, m_spacing);
    m_loaded.insert(name, document);
    return document;
}

std::shared_ptr<const Document> Evaluator::find(const Value &names)
{
    QStringList tried;
    for (const Value &name : names.isText() ? std::vector{names} : iterate(names)) {
        if (!name.isText())
            invalid(u"the name of a template is a string, not %1"_s.arg(name.typeName()));
        if (auto document = load(name.text()))
            return document;
        tried << name.text();
    }
    if (names.isUndefined())
        fail(Failure::Kind::Undefined,
             u"the name of the template, '%1', is undefined"_s.arg(names.as<Undefined>().name));
    fail(Failure::Kind::Missing, u"there is no template '%1'"_s.arg(tried.join("', '"_L1).left(500)));
}

void Evaluator::runDocument(std::shared_ptr<const Document> document, std::shared_ptr<Scope> context)
{
    const Call call(*this);
    Instance instance{.context = std::move(context)};
    Instance *const outer = std::exchange(m_instance, &instance);
    m_scope = instance.context;
    m_scope->names.insert(u"self"_s, makeObject<SelfReference>(m_heap));
    while (document) {
        for (auto block = document->blocks.cbegin(); block != document->blocks.cend(); ++block)
            instance.blocks[block.key()].push_back({block.value(), document});
        m_document = document;
        m_isMuted = false;
        run(document->nodes);
        document = std::exchange(instance.parent, nullptr);
    }
    m_instance = outer;
}

void Evaluator::include(const Node &node)
{
    if (m_isMuted)
        return;
    const Value names = evaluate(*node.parts[0]);
    std::shared_ptr<const Document> document;
    try {
        document = find(names);
    } catch (const Failure &failure) {
        if (node.flag && failure.kind == Failure::Kind::Missing)
            return;
        throw;
    }
    runDocument(std::move(document), newScope(node.context ? m_scope : nullptr));
}

void Evaluator::extend(const Node &node)
{
    if (m_instance->parent)
        invalid(u"a template extends one other, not two"_s);
    if (++m_instance->generations > m_limits.depth)
        exceeded(u"templates extend each other without end"_s);
    m_instance->parent = find(evaluate(*node.parts[0]));
    m_isMuted = true;
}

Value Evaluator::importModule(const Node &node)
{
    auto document = find(evaluate(*node.parts[0]));
    const auto context = newScope(node.context ? m_scope : nullptr);
    const Value output = captured([&] { runDocument(std::move(document), context); });
    return makeObject<Module>(m_heap, context, output.text());
}

void Evaluator::fromImport(const Node &node)
{
    const Value module = importModule(node);
    for (const auto &[name, as] : node.names)
        m_scope->names.insert(as, attribute(module, name));
}

void Evaluator::executeBlock(const Node &node)
{
    if (m_isMuted)
        return;
    if (!m_instance->blocks.contains(node.text)) // of a module whose macro is called from elsewhere
        return run(node.body);
    const auto scope = node.flag ? m_scope : m_instance->context;
    runBlock(node.text, 0, scope);
}

Value Evaluator::callBlock(const QString &name, std::size_t level)
{
    return captured([&] { runBlock(name, level, m_instance->context); });
}

void Evaluator::runBlock(const QString &name, std::size_t level, std::shared_ptr<Scope> around)
{
    const auto entries = m_instance->blocks.value(name);
    if (level >= entries.size())
        fail(Failure::Kind::Undefined,
             level == 0 ? u"there is no block '%1'"_s.arg(name) : u"block '%1' has no parent block"_s.arg(name));
    const BlockEntry &entry = entries[level];
    if (entry.node->context)
        invalid(u"block '%1' is required, but no template fills it"_s.arg(name));
    const Call call(*this);
    m_scope = newScope(std::move(around));
    m_scope->names.insert(u"super"_s, makeObject<BlockReference>(m_heap, name, level + 1));
    m_document = entry.document;
    run(entry.node->body);
}

} // namespace agent::templating
