#pragma once

#include "core/result.h"

#include <QByteArray>
#include <QByteArrayList>

namespace agent {

/// A script as it is run (contract 04 section 5.5).
struct PreparedScript
{
    QByteArray text;
    bool declaresDependencies = false; ///< its author asks for packages
    QByteArrayList modules;            ///< without that: what it imports and Python does not come with
};

/// Gives it inline metadata, unless it has its own, and calls its `main`, unless it does. `beside`: the modules next to
/// the file. Any thread. @return Validation when its own metadata is malformed
[[nodiscard]] Result<PreparedScript> prepareScript(QByteArrayView source, const QByteArrayList &beside = {});

} // namespace agent
