#pragma once

#include "core/secret.h"

#include <QByteArray>
#include <QString>

#include <vector>

namespace agent {

/// What stands for `{{name}}` in the templates of one request. Move-only.
class ApiValues
{
public:
    enum class Kind { Plain, Secret };

    /// Takes the place of an older value of that name.
    void set(const QString &name, Secret value, Kind kind);
    /// Does nothing when the name has a value.
    void add(const QString &name, Secret value, Kind kind);

    struct Value
    {
        QByteArray name;
        Secret value;
        Kind kind;
        bool breaksLines; ///< it has a line break or a NUL
    };
    [[nodiscard]] const Value *find(QByteArrayView name) const;

private:
    std::vector<Value> m_values;
};

/// How long the template gets, in bytes, without making it.
[[nodiscard]] qsizetype substitutedSize(QStringView text, const ApiValues &values);
/// The template with every `{{name}}` (no blanks inside) that has a value replaced by it, in one pass, so that a value
/// is never taken for a template; unknown names stay (contract 06 section 14.1, item 2). A value with a line break or a
/// NUL could end a header and begin another: kRefusedValue stands in its place.
[[nodiscard]] Secret substituted(QStringView text, const ApiValues &values);
/// The same for people: secret values are masked.
[[nodiscard]] QString shown(QStringView text, const ApiValues &values);

inline constexpr QByteArrayView kRefusedValue("[refused: the value has a line break]");

/// The last four characters behind stars; nothing of what is so short that four would be half of it.
[[nodiscard]] QString masked(const Secret &secret);
/// Whether a header or a parameter of this name tends to hold a credential.
[[nodiscard]] bool soundsSecret(QStringView name);

} // namespace agent
