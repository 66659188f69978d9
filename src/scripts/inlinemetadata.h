#pragma once

#include "core/result.h"

#include <QByteArrayList>
#include <QByteArrayView>

#include <optional>

namespace agent {

/// What a script says about itself in a comment block `# /// script` (PEP 723).
struct InlineMetadata
{
    QByteArrayList dependencies; ///< as written: "netmiko>=4"
    friend bool operator==(const InlineMetadata &, const InlineMetadata &) = default;
};

/// Empty when there is no complete block. @return Validation when there is one and it says nothing useful: no TOML
/// 1.0, several of them, more than 64 KiB, or fields of a wrong kind
[[nodiscard]] Result<std::optional<InlineMetadata>> inlineMetadata(QByteArrayView source);

} // namespace agent
