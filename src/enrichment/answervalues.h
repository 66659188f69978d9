#pragma once

#include "core/result.h"
#include "enrichment/enrichmentsource.h"

#include <QByteArray>
#include <QStringList>

#include <optional>

namespace agent {

/// Takes values out of the JSON that a source answered (contract 06 sections 16.3 and 16.5). Texts in, texts out; the
/// order of members is kept. For a worker: an answer may have megabytes.
namespace answervalues {

/// What `expression` finds in `body`, as JSON: the whole of it when it is empty; with JSONPath (RFC 9535) when it
/// starts with `$`, where several hits make an array; else by a dotted path, in which `[n]` is `.n`. Nothing when
/// nothing is there.
/// @return Validation for bad JSON or bad JSONPath
[[nodiscard]] Result<std::optional<QByteArray>> unwrapped(const QByteArray &body, const QString &expression);

/// What a person is shown of `value`, an unwrapped answer: the picked values under their keys, `_meta` with what the
/// fields are, `_raw` with all. Of an array its first element; without picked fields that as it is; nothing when there
/// is none. `keys` are those of `fields` with their variables filled in.
[[nodiscard]] Result<std::optional<QByteArray>> section(const QByteArray &value, const QList<PickedField> &fields,
                                                        const QStringList &keys);

/// The dotted paths of all that is no object or array, of at most the first three elements of each array.
[[nodiscard]] Result<QStringList> flattenedKeys(const QByteArray &value);

} // namespace answervalues

} // namespace agent
