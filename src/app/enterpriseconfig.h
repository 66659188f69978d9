#pragma once

#include <QString>

namespace agent {

enum class Edition {
    Personal,   ///< the Terminal works through this agent
    Enterprise, ///< it talks to a Controller; the agent is not needed
};

/// Reads `controllerUrl` from the Terminal's app-config.json (contract 01 section 5). Enterprise is a non-empty
/// string that is an absolute http or https URL, the rule by which the Terminal itself decides; everything else,
/// a missing or broken file included, is Personal.
[[nodiscard]] Edition readEdition(const QString &appConfigFile);

} // namespace agent
