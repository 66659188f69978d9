#pragma once

#include "templating/arguments.h"
#include "templating/ast.h"
#include "templating/heap.h"
#include "templating/lexer.h"
#include "templating/loader.h"
#include "templating/work.h"

#include <functional>

namespace agent::templating {

using Function = std::function<Value(Evaluator &, const Arguments &)>;

/// One rendering. Lives on one thread; after a Failure it is of no more use.
class Evaluator
{
public:
    Evaluator(const Limits &limits, const Loader *loader, Spacing spacing, CancelToken cancelled);
    ~Evaluator();
    Q_DISABLE_COPY_MOVE(Evaluator)

    /// Renders a template with the names of `variables`.
    QString render(std::shared_ptr<const Document> document, std::shared_ptr<Scope> variables);

    // for filters, tests, methods and objects
    Heap &heap() { return m_heap; }
    Work &work() { return m_work; }
    void step(qint64 count = 1) { m_work.step(count); }
    void stepOver(const QString &text) { m_work.step(text.size() / 256); } ///< before a walk over it
    void stepSearch(const QString &text, const QString &wanted);           ///< before a search in it
    const Limits &limits() const { return m_limits; }
    [[nodiscard]] bool escapes() const { return m_escapes; } ///< inside of autoescape true
    [[nodiscard]] const std::shared_ptr<Scope> &scope() const { return m_scope; }
    QString counted(QString text); ///< charges a text made
    Value text(QString text, bool safe = false);
    Value list(std::vector<Value> items, List::Shape shape = List::Shape::List);
    Value pair(const Value &first, const Value &second) { return list({first, second}, List::Shape::Tuple); }
    Value function(Function function);
    QString print(const Value &value);
    std::vector<Value> iterate(const Value &value); ///< a copy of what a loop over the value sees
    qint64 length(const Value &value);
    bool contains(const Value &container, const Value &value);
    Value attribute(const Value &target, const QString &name);
    Value item(const Value &target, const Value &key);
    Value call(const Value &callee, const Arguments &given);
    Value run(const Builtin &builtin, const Value &target, const Arguments &given);
    Value filter(const QString &name, const Value &target, const Arguments &given);
    bool test(const QString &name, const Value &target, const Arguments &given);

private:
    friend class Macro;
    friend class Loop;
    friend class BlockReference;
    class Frame;
    class Call;
    struct BlockEntry
    {
        const Node *node;
        std::shared_ptr<const Document> document;
    };
    /// A template while it runs, with what it inherits from.
    struct Instance
    {
        QHash<QString, std::vector<BlockEntry>> blocks = {};
        std::shared_ptr<Scope> context = {};
        std::shared_ptr<const Document> parent = {};
        int generations = 0;
    };
    enum class Leaving { No, Break, Continue };

    // expressions.cpp
    Value evaluate(const Node &node);
    Value evaluateHere(const Node &node);
    Value evaluateName(const Node &node);
    Value evaluateList(const Node &node);
    Value evaluateDict(const Node &node);
    Value evaluateUnary(const Node &node);
    Value evaluateBinary(const Node &node);
    Value evaluateConcat(const Node &node);
    Value evaluateCompare(const Node &node);
    Value evaluateLogical(const Node &node);
    Value evaluateItem(const Node &node);
    Value evaluateSlice(const Node &node);
    Value evaluateCall(const Node &node, const Value *caller = nullptr);
    Value evaluateFilter(const Node &node);
    Value evaluateTest(const Node &node);
    Value callMethod(const Value &target, const QString &name, const Arguments &given);
    Arguments evaluateArguments(const Node &node);
    void locate(Failure &failure, const Node &node) const;
    // statements.cpp
    void run(const Nodes &nodes);
    void execute(const Node &node);
    void executeOutput(const Node &node);
    void executeIf(const Node &node);
    void executeSet(const Node &node);
    void executeCall(const Node &node);
    void executeFilter(const Node &node);
    void executeWith(const Node &node);
    void executeAutoescape(const Node &node);
    void loop(const Node &node, const Value &over, std::shared_ptr<Scope> outer, int depth);
    void filterItems(const Node &node, std::vector<Value> &items, std::shared_ptr<Scope> outer);
    Value makeMacro(const Node &node);
    void assign(const Node &target, const Value &value);
    std::shared_ptr<Scope> newScope(std::shared_ptr<Scope> parent);
    Value captured(const std::function<void()> &work); ///< what it writes, as a text
    Value filtered(const Node *filter, const Value &innermost);
    void write(const QString &text);
    void writeValue(const Value &value);
    // inheritance.cpp
    void runDocument(std::shared_ptr<const Document> document, std::shared_ptr<Scope> context);
    std::shared_ptr<const Document> load(const QString &name); ///< null when there is none
    std::shared_ptr<const Document> find(const Value &names);  ///< the first there is; fails when there is none
    void include(const Node &node);
    void extend(const Node &node);
    Value importModule(const Node &node);
    void fromImport(const Node &node);
    void executeBlock(const Node &node);
    Value callBlock(const QString &name, std::size_t level);
    void runBlock(const QString &name, std::size_t level, std::shared_ptr<Scope> around);

    Limits m_limits;
    const Loader *m_loader;
    Spacing m_spacing;
    Work m_work;
    Heap m_heap; // after everything that holds values was destroyed
    QHash<QString, std::shared_ptr<const Document>> m_loaded;
    qsizetype m_sources = 0;
    Instance *m_instance = nullptr;
    std::shared_ptr<const Document> m_document;
    std::shared_ptr<Scope> m_scope;
    const Value *m_innermost = nullptr;
    QString m_output;
    qsizetype m_written = 0;
    int m_frames = 0;
    int m_depth = 0;
    bool m_escapes = false;
    bool m_isMuted = false; ///< the rest of a template that extends another
    Leaving m_leaving = Leaving::No;
};

/// Counts statements and expressions inside each other: the native stack must not end.
class Evaluator::Frame
{
public:
    explicit Frame(Evaluator &evaluator)
        : m_evaluator(evaluator)
    {
        if (m_evaluator.m_frames >= m_evaluator.m_limits.frames)
            exceeded(QStringLiteral("template is nested too deeply"));
        ++m_evaluator.m_frames;
    }
    ~Frame() { --m_evaluator.m_frames; }
    Q_DISABLE_COPY_MOVE(Frame)

private:
    Evaluator &m_evaluator;
};

/// Counts macros, includes, blocks and recursive loops inside each other, and puts back where they were called from.
class Evaluator::Call
{
public:
    explicit Call(Evaluator &evaluator)
        : m_evaluator(evaluator)
        , m_scope(evaluator.m_scope)
        , m_document(evaluator.m_document)
        , m_isMuted(std::exchange(evaluator.m_isMuted, false))
        , m_escapes(evaluator.m_escapes)
    {
        if (m_evaluator.m_depth >= m_evaluator.m_limits.depth)
            exceeded(QStringLiteral("calls are nested too deeply"));
        ++m_evaluator.m_depth;
    }
    ~Call()
    {
        --m_evaluator.m_depth;
        m_evaluator.m_scope = std::move(m_scope);
        m_evaluator.m_document = std::move(m_document);
        m_evaluator.m_isMuted = m_isMuted;
        m_evaluator.m_escapes = m_escapes;
    }
    Q_DISABLE_COPY_MOVE(Call)

private:
    Evaluator &m_evaluator;
    std::shared_ptr<Scope> m_scope;
    std::shared_ptr<const Document> m_document;
    bool m_isMuted;
    bool m_escapes;
};

} // namespace agent::templating
