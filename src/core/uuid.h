#pragma once

#include <QString>
#include <QUuid>

namespace agent {

/// A fresh UUID v4, lower-case and hyphenated (contract 02 section 0).
inline QString newUuid() { return QUuid::createUuid().toString(QUuid::WithoutBraces); }

} // namespace agent
