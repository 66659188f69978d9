#pragma once

#include "core/jsoncodec.h"
#include "storage/sqlcodec.h"

namespace agent {

/// Which command line a device speaks (contract 03 section 1).
enum class CliFlavor { Auto, Linux, CiscoIos, CiscoIosXr, CiscoNxos, Juniper, Arista, PaloAlto, Fortinet };

template <>
struct EnumWords<CliFlavor>
{
    static constexpr std::array words{
        std::pair{CliFlavor::Auto, "auto"},
        std::pair{CliFlavor::Linux, "linux"},
        std::pair{CliFlavor::CiscoIos, "cisco-ios"},
        std::pair{CliFlavor::CiscoIosXr, "cisco-ios-xr"},
        std::pair{CliFlavor::CiscoNxos, "cisco-nxos"},
        std::pair{CliFlavor::Juniper, "juniper"},
        std::pair{CliFlavor::Arista, "arista"},
        std::pair{CliFlavor::PaloAlto, "paloalto"},
        std::pair{CliFlavor::Fortinet, "fortinet"},
    };
};

/// Reads every spelling of IOS-XR that files hold (02 section 3.1); anything unknown is `auto`.
struct CliFlavorStorage
{
    static QVariant toSql(CliFlavor value) { return QString(wordOf(value)); }
    static void fromSql(const ColumnView &stored, CliFlavor &value)
    {
        const QUtf8StringView word(stored.utf8());
        if (word == QLatin1StringView("cisco-xr") || word == QLatin1StringView("cisco-iosxr"))
            value = CliFlavor::CiscoIosXr;
        else
            value = enumOf<CliFlavor>(word).value_or(CliFlavor::Auto);
    }
};

/// `sessions.cli_flavor` spells IOS-XR `cisco-xr`.
struct SessionCliFlavorStorage : CliFlavorStorage
{
    static QVariant toSql(CliFlavor value)
    {
        return value == CliFlavor::CiscoIosXr ? QVariant(QStringLiteral("cisco-xr")) : CliFlavorStorage::toSql(value);
    }
};

} // namespace agent
