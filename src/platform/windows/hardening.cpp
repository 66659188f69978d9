#include "platform/hardening.h"

#include <cstdio>

#include <fcntl.h>
#include <io.h>
#include <qt_windows.h>

namespace agent {

ChildDefaults hardenProcess()
{
    SetErrorMode(SEM_FAILCRITICALERRORS | SEM_NOGPFAULTERRORBOX); // no crash dialog and no dump through it
    HeapSetInformation(nullptr, HeapEnableTerminationOnCorruption, nullptr, 0);
    _setmode(_fileno(stdout), _O_BINARY); // the handshake's lines end in LF everywhere
    return {};
}

void ChildDefaults::apply() const noexcept {}

} // namespace agent
