#include "app/enterpriseconfig.h"

#include "platform/privatefile.h"

#include <QJsonDocument>
#include <QJsonObject>
#include <QLoggingCategory>
#include <QUrl>

namespace agent {

using namespace Qt::StringLiterals;

namespace {

Q_LOGGING_CATEGORY(lcConfig, "netstacks.config")

constexpr qint64 kFileLimit = 1024 * 1024; // two short strings in practice

} // namespace

Edition readEdition(const QString &appConfigFile)
{
    const auto bytes = readSmallFile(appConfigFile, kFileLimit);
    if (!bytes)
        return Edition::Personal;
    const QString controller = QJsonDocument::fromJson(*bytes).object().value("controllerUrl"_L1).toString();
    if (controller.isEmpty())
        return Edition::Personal;
    const QUrl url(controller.trimmed());
    if (!url.isValid() || url.host().isEmpty() || (url.scheme() != "http"_L1 && url.scheme() != "https"_L1)) {
        qCWarning(lcConfig) << "ignoring controllerUrl in app-config.json: not an absolute http or https URL";
        return Edition::Personal;
    }
    return Edition::Enterprise;
}

} // namespace agent
