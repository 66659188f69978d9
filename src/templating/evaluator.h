#pragma once

#include "templating/ast.h"

#include <QElapsedTimer>
#include <QHash>
#include <QScopeGuard>

#include <atomic>
#include <chrono>

namespace agent::templating {

/// What one rendering may use; beyond it ends with an error.
struct Limits
{
    qint64 steps = 5'000'000;
    qsizetype output = 10 * 1024 * 1024;     ///< bytes
    qsizetype text = 10 * 1024 * 1024;       ///< characters of one string
    qsizetype items = 100'000;               ///< of one list
    qsizetype allocated = 128 * 1024 * 1024; ///< characters and items made in all
    int depth = 60;                          ///< calls, includes and expressions inside each other
    std::chrono::milliseconds time{2000};
    const std::atomic<bool> *cancelled = nullptr; ///< set from any thread, ends the rendering
};

struct Arguments
{
    std::vector<Value> positional;
    std::vector<std::pair<QString, Value>> named;

    /// The argument at a position or of a name; null when it was not given.
    const Value *find(std::size_t position, QLatin1StringView name) const;
};

struct Scope
{
    std::shared_ptr<Scope> parent;
    QHash<QString, Value> names;
};

/// One rendering. Lives on one thread.
class Evaluator
{
public:
    Evaluator(const Limits &limits, std::shared_ptr<Scope> globals);
    ~Evaluator();
    Q_DISABLE_COPY_MOVE(Evaluator)

    void run(const Nodes &nodes);
    QString takeOutput() { return std::move(m_output); }

    Value evaluate(const Node &node);
    /// Counts work; fails beyond a limit.
    void step(qint64 count = 1);
    QString made(QString text);
    Value madeList(std::vector<Value> items);
    /// The items that a loop over the value sees.
    std::vector<Value> iterate(const Value &value);
    QString text(const Value &value) const { return print(value, m_limits.text); }
    const Limits &limits() const { return m_limits; }
    Value applyFilter(const QString &name, const Value &target, Arguments &arguments);
    bool applyTest(const QString &name, const Value &target, Arguments &arguments);
    Value attribute(const Value &target, const QString &name);
    Value item(const Value &target, const Value &key);

private:
    Value evaluateHere(const Node &node);
    Value slice(const Node &node);
    bool compareChain(const Node &node);
    Arguments arguments(const Node &node);
    void execute(const Node &node);
    void loop(const Node &node, const Value &over, int depth);
    Value makeMacro(const Node &node);
    friend class Macro;
    friend class Loop;
    void assign(const Node &target, const Value &value);
    QString captured(const Nodes &nodes);
    Value filtered(const Node *filter, const Value &innermost);
    void write(const QString &text);

    Limits m_limits;
    std::shared_ptr<Scope> m_scope;
    std::vector<std::weak_ptr<Scope>> m_scopes;
    const Value *m_innermost = nullptr;
    QString m_output;
    QElapsedTimer m_clock;
    qint64 m_steps = 0;
    qsizetype m_allocated = 0;
    int m_depth = 0;
};

} // namespace agent::templating
