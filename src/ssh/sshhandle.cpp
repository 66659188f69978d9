#include "ssh/sshhandle.h"

#include "core/foreigntext.h"

namespace agent {

using namespace Qt::StringLiterals;

namespace {

constexpr qsizetype kMaxErrorText = 500;

} // namespace

QString sshErrorText(ssh_session session)
{
    const QString text = foreignText(QByteArrayView(ssh_get_error(session)), kMaxErrorText);
    if (text.isEmpty())
        return u"the connection was closed"_s;
    if (text.contains("Socket error: disconnected"_L1) || text.contains("Remote host closed connection"_L1))
        return u"the connection was closed by the remote host"_s;
    return text;
}

} // namespace agent
