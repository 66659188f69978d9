#include "platform/socketpair.h"

namespace agent {

std::pair<UniqueSocket, UniqueSocket> makeSocketPair()
{
    int ends[2];
    if (::socketpair(AF_UNIX, SOCK_STREAM, 0, ends) != 0)
        return std::pair<UniqueSocket, UniqueSocket>();
    for (const int end : ends)
        makeNonBlocking(end);
    return {UniqueSocket(ends[0]), UniqueSocket(ends[1])};
}

} // namespace agent
