#pragma once

#include "core/jsondocument.h"
#include "templating/lexer.h"
#include "templating/loader.h"
#include "templating/work.h"

#include <memory>
#include <optional>
#include <variant>

namespace agent::templating {

struct Document;

/// Why a template could not be read or rendered.
struct TemplateError
{
    bool whileParsing = false;
    bool isCancelled = false;
    QString kind;   ///< in words: "syntax error", "undefined value", "limit exceeded" ...
    QString detail; ///< may quote the template and its variables
    QString file;   ///< the name of the template at fault: an included one has its own
    int line = 0;   ///< 1-based; 0 when it is no place in the template
    int column = 0; ///< 1-based, in UTF-16 units

    /// The text of the wire (contract 06 section 8.3):
    /// "Render error: undefined value: 'x' is undefined, so it has no 'y' at column 4 (in template:3)".
    [[nodiscard]] QString message() const;
};

/// What became of a rendering: the output, or an error and no output.
struct Rendering
{
    QString output = {};
    std::optional<TemplateError> error = {};
    [[nodiscard]] bool ok() const { return !error; }
};

struct CompileOptions
{
    QString name = QStringLiteral("template"); ///< stands in errors
    Spacing spacing = {};                      ///< of included templates too
};

struct RenderOptions
{
    Limits limits = {};
    const Loader *loader = nullptr; ///< for include, extends and import; without one there are no other templates
    CancelToken cancelled = {};
};

/// A Jinja2 template, parsed. What differs from Jinja2 stands in docs/templating.md.
///
/// Pure: no I/O, no state. May be rendered from several threads at once. Rendering recurses: it needs a thread with
/// kStackSize of stack, and may take as long as the limits say, so it never runs on the main thread; TemplateRenderer
/// sees to both.
class Template
{
public:
    [[nodiscard]] static std::variant<Template, TemplateError> compile(const QString &source,
                                                                       const CompileOptions &options = {});
    /// The names of the template are the members of `variables`; what is no object has none. JSON null is undefined.
    [[nodiscard]] Rendering render(const JsonValue &variables, const RenderOptions &options = {}) const;

    static constexpr qsizetype kMostSource = 4 * 1024 * 1024; ///< characters of one template
    static constexpr uint kStackSize = 16 * 1024 * 1024;

private:
    Template(std::shared_ptr<const Document> document, Spacing spacing)
        : m_document(std::move(document))
        , m_spacing(spacing)
    {
    }
    std::shared_ptr<const Document> m_document;
    Spacing m_spacing;
};

} // namespace agent::templating
