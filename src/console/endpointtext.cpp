#include "console/endpointtext.h"

#include <QCryptographicHash>

namespace agent::console {

using namespace Qt::StringLiterals;

QString endpointText(const Endpoint &endpoint, const QString &certificateFile, const QString &headerFile,
                     bool servesFrontend)
{
    const QString address = u"127.0.0.1:"_s + QString::number(endpoint.port);
    const QString base = u"https://"_s + address;
    const QString token = QString::fromLatin1(endpoint.token);
    const QString curl = u"  curl --cacert "_s + certificateFile + u' ';
    const QString call = curl + u"-H @"_s + headerFile + u' ';
    const QString post = call + u"-H 'Content-Type: application/json' -d "_s;

    QString text = u"URL          "_s + base + u"\nToken        "_s + token + u"\nCertificate  SHA-256 "_s +
                   QString::fromLatin1(endpoint.certificate.digest(QCryptographicHash::Sha256).toHex(':').toUpper()) +
                   u"\n             "_s + certificateFile + u"\n\nPaste into another terminal:\n"_s;
    text += curl + base + u"/api/health\n"_s;
    text += call + base + u"/api/info\n"_s;
    text += call + base + u"/api/vault/status\n"_s;
    text += post + u"'{\"name\":\"lab\",\"username\":\"admin\"}' "_s + base + u"/api/profiles\n"_s;
    text += post + u"'{\"name\":\"r1\",\"host\":\"192.0.2.1\",\"profile_id\":\"<id of the profile>\"}' "_s + base +
            u"/api/sessions\n"_s;
    text += u"\nWebSocket (JSON text frames; add &type=ssh&session_id=<id> for a saved session):\n  wss://"_s +
            address + u"/ws/terminal?cols=80&rows=24&token="_s + token + u'\n';
    if (servesFrontend)
        text += u"\nTerminal UI (the browser must be told to trust the certificate):\n  "_s + base + u"/?token="_s +
                token + u"&port="_s + QString::number(endpoint.port) + u'\n';
    return text;
}

} // namespace agent::console
