#pragma once

#include <QByteArrayView>

namespace agent {

/// Whether a person typed any of `input`. A terminal also answers by itself: where its cursor is, what it is, that
/// it got the focus (ECMA-48 and xterm reports), and devices ask that in the middle of a login.
[[nodiscard]] bool isTyped(QByteArrayView input);

} // namespace agent
