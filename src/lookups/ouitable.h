#pragma once

#include <QByteArrayView>
#include <QString>

#include <optional>

namespace agent {

/// The vendors of MAC address blocks, as the IEEE registered them when the agent was built: MA-L (24 bits), MA-M (28)
/// and MA-S (36). Built from the registry's CSV files by `ouigen`; read where it lies in the program. From any thread.
class OuiTable
{
public:
    /// @param digits the address's hex digits, upper or lower case, at least 6; more find the smaller blocks.
    /// The vendor of the longest block that holds the address; nothing when none does.
    [[nodiscard]] static std::optional<QString> vendorOf(QByteArrayView digits);

    /// How many blocks there are.
    [[nodiscard]] static int size();
};

} // namespace agent
