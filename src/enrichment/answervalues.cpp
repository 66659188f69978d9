#include "enrichment/answervalues.h"

#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized" // in std::regex, which JSONPath pulls in, with sanitizers
#endif
#include <jsoncons/json.hpp>
#include <jsoncons_ext/jsonpath/jsonpath.hpp>

namespace agent::answervalues {

using namespace Qt::StringLiterals;

namespace {

using Json = jsoncons::ojson; // which keeps the order of members

constexpr int kMaxDepth = 128;
constexpr qsizetype kMaxFlattened = 2000;
constexpr std::size_t kFlattenedElements = 3;

Error invalid(const QString &what, const std::exception &failure)
{
    return {ErrorCode::Validation, u"%1: %2"_s.arg(what, QString::fromUtf8(failure.what()).left(300))};
}

Result<Json> parsed(const QByteArray &text)
{
    try {
        return Json::parse(text.cbegin(), text.cend(), jsoncons::json_options().max_nesting_depth(kMaxDepth));
    } catch (const std::exception &failure) {
        return invalid(u"the answer is no JSON"_s, failure);
    }
}

QByteArray written(const Json &value)
{
    std::string text;
    value.dump(text);
    return QByteArray::fromStdString(text);
}

/// The steps of `a.b[0]["c"]`, which are `a`, `b`, `0` and `c`.
QStringList stepsOf(const QString &path)
{
    QStringList steps;
    for (QString part : path.split(u'.')) {
        part.replace(u'[', u'.').remove(u']').remove(u'"').remove(u'\'');
        steps += part.split(u'.', Qt::SkipEmptyParts);
    }
    return steps;
}

const Json *atPath(const Json &root, const QString &path)
{
    const Json *at = &root;
    for (const QString &step : stepsOf(path)) {
        if (at->is_object()) {
            const auto member = at->find(step.toStdString());
            if (member == at->object_range().end())
                return nullptr;
            at = &member->value();
        } else if (at->is_array()) {
            bool isIndex = false;
            const uint index = step.toUInt(&isIndex);
            if (!isIndex || index >= at->size())
                return nullptr;
            at = &at->at(index);
        } else {
            return nullptr;
        }
    }
    return at;
}

Result<std::optional<Json>> selected(const Json &root, const QString &expression)
{
    if (!expression.startsWith(u'$')) {
        const Json *found = atPath(root, expression);
        return found ? std::optional(*found) : std::nullopt;
    }
    // They run std::regex, whose recursion a long text of a web service takes through the stack.
    for (const QLatin1StringView regex : {"=~"_L1, "tokenize("_L1}) {
        if (expression.contains(regex))
            return Error{ErrorCode::Validation, u"JSONPath '%1': '%2' is not supported"_s.arg(expression, regex)};
    }
    try {
        Json hits = jsoncons::jsonpath::json_query(root, expression.toStdString());
        if (hits.empty())
            return std::optional<Json>();
        if (hits.size() == 1)
            return std::optional<Json>(hits.at(0));
        return std::optional<Json>(std::move(hits));
    } catch (const std::exception &failure) {
        return invalid(u"JSONPath '%1'"_s.arg(expression), failure);
    }
}

bool isNothing(const Json &value) { return value.is_null() || (value.is_array() && value.empty()); }

void flatten(const Json &value, const QString &path, QStringList &paths)
{
    if (paths.size() >= kMaxFlattened)
        return;
    const auto below = [&](const QString &step) { return path.isEmpty() ? step : path + u'.' + step; };
    if (value.is_object()) {
        for (const auto &member : value.object_range())
            flatten(member.value(), below(QString::fromStdString(member.key())), paths);
    } else if (value.is_array()) {
        for (std::size_t i = 0; i < std::min(value.size(), kFlattenedElements); ++i)
            flatten(value.at(i), below(QString::number(i)), paths);
    } else if (!path.isEmpty()) {
        paths.append(path);
    }
}

Json describe(const QList<PickedField> &fields)
{
    Json list(jsoncons::json_array_arg);
    for (const PickedField &field : fields) {
        Json one(jsoncons::json_object_arg);
        one["key"] = field.key.toStdString();
        one["label"] = field.label.toStdString();
        one["format"] = wordOf(field.format).data();
        list.push_back(std::move(one));
    }
    Json meta(jsoncons::json_object_arg);
    meta["fields"] = std::move(list);
    return meta;
}

} // namespace

Result<std::optional<QByteArray>> unwrapped(const QByteArray &body, const QString &expression)
{
    const Result<Json> root = parsed(body);
    if (!root)
        return root.error();
    const auto found = selected(*root, expression.trimmed());
    if (!found)
        return found.error();
    return *found ? std::optional(written(**found)) : std::nullopt;
}

Result<std::optional<QByteArray>> section(const QByteArray &value, const QList<PickedField> &fields,
                                          const QStringList &keys)
{
    Q_ASSERT(fields.size() == keys.size());
    const Result<Json> whole = parsed(value);
    if (!whole)
        return whole.error();
    if (isNothing(*whole))
        return std::optional<QByteArray>();
    const Json &target = whole->is_array() ? whole->at(0) : *whole;
    if (fields.isEmpty())
        return std::optional(written(target));
    Json shown(jsoncons::json_object_arg);
    for (qsizetype i = 0; i < fields.size(); ++i) {
        const auto picked = selected(keys[i].startsWith(u'$') ? *whole : target, keys[i]);
        if (!picked)
            return picked.error();
        if (*picked)
            shown[fields[i].key.toStdString()] = **picked;
    }
    if (shown.empty() && target.is_object())
        shown = target;
    shown["_meta"] = describe(fields);
    shown["_raw"] = target;
    return std::optional(written(shown));
}

Result<QStringList> flattenedKeys(const QByteArray &value)
{
    const Result<Json> whole = parsed(value);
    if (!whole)
        return whole.error();
    QStringList paths;
    flatten(*whole, {}, paths);
    return paths;
}

} // namespace agent::answervalues
