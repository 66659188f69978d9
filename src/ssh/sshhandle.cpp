#include "ssh/sshhandle.h"

namespace agent {

using namespace Qt::StringLiterals;

QString sshErrorText(ssh_session session)
{
    const QString text = QString::fromUtf8(ssh_get_error(session)).simplified();
    if (text.isEmpty())
        return u"the connection was closed"_s;
    if (text.contains("Socket error: disconnected"_L1) || text.contains("Remote host closed connection"_L1))
        return u"the connection was closed by the remote host"_s;
    return text.first(qMin(text.size(), qsizetype(500)));
}

} // namespace agent
