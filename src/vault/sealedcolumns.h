#pragma once

#include <QLatin1StringView>

#include <span>

namespace agent {

/// What a wipe does with the rows of a sealed column.
enum class OnWipe {
    DeleteRow,       ///< the row is nothing but a holder of the secret
    SetNull,         ///< the row stays, without its secret
    DeleteSecretRow, ///< rows with is_secret = 1 go: without the secret they would do something wrong
};

/// A BLOB column that holds vault blobs. NULL and an empty blob mean "not sealed".
struct SealedColumn
{
    QLatin1StringView table;
    QLatin1StringView key; ///< the column that names the row, for messages
    QLatin1StringView column;
    OnWipe onWipe;
};

/// Every place of the file where vault blobs lie (contract 02 section 2.2), declared once: change of password, repair
/// and wipe go by this list alone. Whoever adds a sealed column adds a line there.
[[nodiscard]] std::span<const SealedColumn> sealedColumns();

/// A column that holds a secret in plain text, because the format of the reference has it so.
struct PlainSecretColumn
{
    QLatin1StringView table;
    QLatin1StringView column;
    QLatin1StringView emptied; ///< the SQL of a value that holds nothing
};
[[nodiscard]] std::span<const PlainSecretColumn> plainSecretColumns();

} // namespace agent
