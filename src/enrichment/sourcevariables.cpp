#include "enrichment/sourcevariables.h"

#include <QUrl>

#include <array>

namespace agent {

using namespace Qt::StringLiterals;

QString SourceVariables::fill(const QString &text, Place place) const
{
    const std::array variables{
        std::pair{"{token_url}"_L1, QString::fromLatin1(QUrl::toPercentEncoding(token))},
        std::pair{"{token}"_L1, token},
        std::pair{"{session_host_ip}"_L1, sessionHostIp},
        std::pair{"{session_host}"_L1, sessionHost},
        std::pair{"{sessions_host}"_L1, sessionHost},
        std::pair{"{session_name}"_L1, sessionName},
    };
    QString filled;
    for (qsizetype i = 0; i < text.size();) {
        const QStringView rest = QStringView(text).sliced(i);
        const auto *variable =
            rest.front() == u'{'
                ? std::ranges::find_if(variables, [&](const auto &v) { return rest.startsWith(v.first); })
                : variables.end();
        if (variable == variables.end()) {
            filled += text[i++];
            continue;
        }
        QString value = variable->second;
        if (place == Place::Path)
            value.replace(u'{', "%7B"_L1).replace(u'}', "%7D"_L1);
        filled += value;
        i += variable->first.size();
    }
    return filled;
}

} // namespace agent
