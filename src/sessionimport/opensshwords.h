#pragma once

#include "core/result.h"

#include <QString>
#include <QStringList>

#include <optional>

namespace agent::sessionimport {

/// One line of an ssh_config(5) file, split as OpenSSH splits it.
struct OpenSshLine
{
    QString keyword;   ///< lower case
    QString rest;      ///< what follows, quotes and all
    QStringList words; ///< the same in words: quotes and escapes resolved, a comment cut off
};

/// @return nothing for a blank line or a comment; an Error whose message says what is wrong with the line.
[[nodiscard]] Result<std::optional<OpenSshLine>> splitOpenSshLine(QStringView line);

} // namespace agent::sessionimport
