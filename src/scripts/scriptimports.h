#pragma once

#include <QByteArrayList>
#include <QByteArrayView>

namespace agent {

/// The top-level packages that the source imports and that are neither of the standard library nor in `beside` (the
/// modules next to the file), sorted, at most 256. Strings, comments and relative imports do not count. Any thread.
[[nodiscard]] QByteArrayList thirdPartyModules(QByteArrayView source, const QByteArrayList &beside = {});

/// What a module's package is called on the Python Package Index (contract 04 section 5.5). Empty when no package can
/// have such a name.
[[nodiscard]] QByteArray packageOf(const QByteArray &module);

} // namespace agent
