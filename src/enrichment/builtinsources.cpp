#include "enrichment/builtinsources.h"

#include "core/jsonwriter.h"
#include "lookups/lookupquery.h"
#include "lookups/lookups.h"

#include <algorithm>

namespace agent::builtinsources {

using namespace Qt::StringLiterals;

namespace {

constexpr qsizetype kMacDigits = 12;

struct MacKind
{
    const char *prefix; ///< hex digits
    const char *type;
    const char *scope;
    const char *notes;
};

// In this order; the first that fits speaks.
constexpr std::array kMacKinds{
    MacKind{"FFFFFFFFFFFF", "Broadcast", "well-known", "Every station on the segment receives frames sent here."},
    MacKind{"01005E", "IPv4 Multicast", "well-known", "Stands for an IPv4 multicast group (RFC 1112)."},
    MacKind{"3333", "IPv6 Multicast", "well-known", "Stands for an IPv6 multicast group (RFC 2464)."},
    MacKind{"0180C2", "IEEE 802.1 Multicast", "well-known",
            "Used between bridges and stations, as by spanning tree, LLDP and LACP."},
    MacKind{"00005E", "VRRP Virtual", "virtual", "A virtual router's address; the active router answers for it."},
    MacKind{"525400", "QEMU/KVM Virtual", "virtual", "The usual address block of QEMU and KVM virtual machines."},
    MacKind{"0242", "Docker Virtual", "virtual", "The usual address block of Docker containers."},
    MacKind{"02", "Locally Administered (Random/VTEP/VM)", "virtual",
            "Assigned by software, not by a vendor: a random address, a tunnel end point or a virtual machine."},
    MacKind{"03", "Locally Administered (Random/VTEP/VM)", "virtual",
            "Assigned by software, not by a vendor: a random address, a tunnel end point or a virtual machine."},
};
constexpr MacKind kLocal{"", "Locally Administered", "virtual", "Assigned by software, not by a vendor."};
constexpr MacKind kGroup{"", "Multicast", "multicast", "A group of stations receives frames sent here."};

QByteArray written(const MacKind &kind)
{
    JsonWriter writer;
    writer.beginObject();
    writer.key("type");
    writer.utf8(kind.type);
    writer.key("scope");
    writer.utf8(kind.scope);
    writer.key("notes");
    writer.utf8(kind.notes);
    writer.endObject();
    return writer.take();
}

Task<Section> dnsPointers(const Lookups &lookups, QString token)
{
    const auto query = LookupQuery::of(token);
    if (!query || !query->address)
        co_return Error{ErrorCode::Validation, u"'%1' is no IP address"_s.arg(token.left(80))};
    const Result<QStringList> names = co_await lookups.resolver().namesOf(*query->address);
    if (!names)
        co_return names.error();
    if (names->isEmpty())
        co_return std::optional<QByteArray>();
    JsonWriter writer;
    writer.beginObject();
    writer.key("ptr");
    writer.string(names->first());
    writer.key("all");
    writer.beginArray();
    for (const QString &name : *names)
        writer.string(name);
    writer.endArray();
    writer.endObject();
    co_return std::optional(writer.take());
}

Task<Section> macVendor(Lookups &lookups, QString token)
{
    const QByteArray digits = hexDigitsOf(token);
    if (digits.size() != kMacDigits)
        co_return Error{ErrorCode::Validation, u"'%1' is no MAC address"_s.arg(token.left(80))};
    if (isLocallyAdministered(digits))
        co_return std::optional<QByteArray>();
    const auto vendor = co_await lookups.vendorOf(digits);
    if (!vendor)
        co_return vendor.error();
    if (!*vendor)
        co_return std::optional<QByteArray>();
    JsonWriter writer;
    writer.beginObject();
    writer.key("vendor");
    writer.string(**vendor);
    writer.endObject();
    co_return std::optional(writer.take());
}

} // namespace

std::optional<QByteArray> macAddressType(const QByteArray &digits)
{
    if (digits.size() != kMacDigits)
        return {};
    for (const MacKind &kind : kMacKinds) {
        if (digits.startsWith(kind.prefix))
            return written(kind);
    }
    const int first = digits.first(2).toInt(nullptr, 16);
    if (first & 0x02)
        return written(kLocal);
    if (first & 0x01)
        return written(kGroup);
    return {};
}

Task<Section> ask(Lookups &lookups, QString source, QString token)
{
    if (source == "dns_ptr"_L1)
        co_return co_await dnsPointers(lookups, token);
    if (source == "oui_vendor"_L1)
        co_return co_await macVendor(lookups, token);
    if (source == "mac_address_type"_L1)
        co_return macAddressType(hexDigitsOf(token));
    co_return Error{ErrorCode::Validation, u"no built-in source is called '%1'"_s.arg(source)};
}

} // namespace agent::builtinsources
