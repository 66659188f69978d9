#include "templating/template.h"

#include "core/jsoncodec.h"
#include "templating/evaluator.h"
#include "templating/parser.h"

using namespace Qt::StringLiterals;

namespace agent::templating {

namespace {

TemplateError errorOf(const Failure &failure)
{
    return {.whileParsing = failure.whileParsing,
            .isCancelled = failure.kind == Failure::Kind::Cancelled,
            .kind = inWords(failure.kind),
            .detail = failure.detail,
            .file = failure.file,
            .line = failure.line,
            .column = failure.column};
}

/// JsonDocument has bounded the depth.
Value valueOf(Evaluator &evaluator, const JsonValue &json, const QString &name)
{
    evaluator.step();
    switch (json.GetType()) {
    case rapidjson::kNullType:
        return Value::undefined(name);
    case rapidjson::kFalseType:
    case rapidjson::kTrueType:
        return Value(json.GetBool());
    case rapidjson::kNumberType:
        return json.IsInt64() ? Value(qint64(json.GetInt64())) : Value(json.GetDouble());
    case rapidjson::kStringType:
        return evaluator.text(toQString(json));
    case rapidjson::kArrayType: {
        std::vector<Value> items;
        items.reserve(json.Size());
        for (const JsonValue &each : json.GetArray())
            items.push_back(valueOf(evaluator, each, name));
        return evaluator.list(std::move(items));
    }
    case rapidjson::kObjectType: {
        const auto dict = evaluator.heap().make<Dict>();
        for (const auto &[key, member] : json.GetObject()) {
            const QString keyText = toQString(key);
            dict->set(Value(keyText), valueOf(evaluator, member, keyText));
        }
        return Value(dict);
    }
    }
    return {};
}

std::shared_ptr<Scope> scopeOf(Evaluator &evaluator, const JsonValue &variables)
{
    auto scope = evaluator.heap().make<Scope>(nullptr);
    if (variables.IsObject())
        for (const auto &[key, member] : variables.GetObject())
            scope->names.insert(toQString(key), valueOf(evaluator, member, toQString(key)));
    return scope;
}

} // namespace

QString TemplateError::message() const
{
    QString text = (whileParsing ? u"Template parse error: "_s : u"Render error: "_s) + kind;
    if (!detail.isEmpty())
        text += u": "_s + detail;
    if (line > 0)
        text += u" at column %1 (in %2:%3)"_s.arg(column).arg(file).arg(line);
    return text;
}

std::variant<Template, TemplateError> Template::compile(const QString &source, const CompileOptions &options)
{
    try {
        if (source.size() > kMostSource)
            throw Failure{.kind = Failure::Kind::Limit, .detail = u"template is too long"_s, .whileParsing = true};
        return Template(parseTemplate(source, options.name, options.spacing), options.spacing);
    } catch (const Failure &failure) {
        return errorOf(failure);
    }
}

Rendering Template::render(const JsonValue &variables, const RenderOptions &options) const
{
    try {
        Evaluator evaluator(options.limits, options.loader, m_spacing, options.cancelled);
        return {.output = evaluator.render(m_document, scopeOf(evaluator, variables))};
    } catch (const Failure &failure) {
        return {.error = errorOf(failure)};
    }
}

} // namespace agent::templating
