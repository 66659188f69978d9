// Any bytes as a known_hosts file: edits keep every line that is not ours, and what was added is found again.

#include "ssh/hostkeyverifier.h"
#include "ssh/knownhostsfile.h"

#include <cstdlib>

using namespace agent;
using namespace Qt::StringLiterals;

namespace {

void require(bool holds)
{
    if (!holds)
        std::abort();
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size)
{
    const QByteArray text(reinterpret_cast<const char *>(data), qsizetype(size));
    const KnownHostsFile original(text);
    const auto pinned = original.pinnedKeys();
    const HostTrust before = original.trustFor(u"host.example"_s, 22);

    KnownHostsFile emptied(text);
    require(emptied.removeAll() == pinned.size());
    require(emptied.pinnedKeys().isEmpty());
    if (pinned.isEmpty())
        require(emptied.text() == text);

    KnownHostsFile added(text);
    const HostKey key{"ssh-ed25519", QByteArray("\0\0\0\x0bssh-ed25519\0\0\0\x20", 19) + QByteArray(32, 'k')};
    added.add(u"host.example"_s, 22, key);
    require(added.text().startsWith(text));
    const HostTrust after = added.trustFor(u"host.example"_s, 22);
    require(after.trusted.contains(key) && after.trusted.size() == before.trusted.size() + 1);
    require(after.revoked == before.revoked);
    require(added.remove(u"host.example"_s, 22) >= 1);
    return 0;
}
