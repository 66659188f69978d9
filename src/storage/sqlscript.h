#pragma once

#include <QList>
#include <QStringView>

namespace agent {

/// The statements of an SQL script, split at `;` outside quotes and comments, without those that hold nothing.
/// Understands what our own files hold: '…' and "…" quotes and `--` comments; no triggers.
[[nodiscard]] QList<QStringView> splitScript(QStringView script);

} // namespace agent
