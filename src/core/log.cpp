#include "core/log.h"

#include <QDateTime>

#include <cstdio>

namespace agent {

Q_LOGGING_CATEGORY(lcAudit, "netstacks.audit")

namespace {

using namespace Qt::StringLiterals;

const char *levelName(QtMsgType type)
{
    switch (type) {
    case QtDebugMsg:
        return "DEBUG";
    case QtInfoMsg:
        return "INFO";
    case QtWarningMsg:
        return "WARN";
    case QtCriticalMsg:
        return "ERROR";
    case QtFatalMsg:
        return "FATAL";
    }
    Q_UNREACHABLE_RETURN("INFO");
}

void writeToStderr(QtMsgType type, const QMessageLogContext &context, const QString &text)
{
    const QByteArray line = QDateTime::currentDateTimeUtc().toString(Qt::ISODateWithMs).toLatin1() + ' ' +
                            levelName(type) + ' ' + (context.category ? context.category : "default") + ": " +
                            QString(text).replace(u'\n', u' ').toUtf8() + '\n';
    std::fwrite(line.constData(), 1, std::size_t(line.size()), stderr);
    std::fflush(stderr);
}

QString rulesFor(const QByteArray &level)
{
    if (level == "trace" || level == "debug")
        return u"*.debug=false\nnetstacks.*.debug=true\n*.warning=true"_s;
    if (level == "warn")
        return u"*.debug=false\n*.info=false\nnetstacks.audit.info=true"_s;
    if (level == "error" || level == "off")
        return u"*.debug=false\n*.info=false\n*.warning=false\nnetstacks.audit.info=true"_s;
    return u"*.debug=false\n*.info=false\nnetstacks.*.info=true"_s;
}

} // namespace

void installLogging()
{
    qInstallMessageHandler(writeToStderr);
    QLoggingCategory::setFilterRules(rulesFor(qgetenv("RUST_LOG").trimmed().toLower()));
}

} // namespace agent
