#include "console/importer.h"

#include "console/plantext.h"
#include "console/tty.h"

#include <QJsonArray>
#include <QJsonDocument>

#include <unistd.h>

namespace agent::console {

using namespace Qt::StringLiterals;

namespace {

constexpr int kMaxRounds = 17; // Includes are 16 deep, and each round finds the next depth

Error failed(const Reply &reply)
{
    return {.code = ErrorCode::Internal, .message = u"the import was refused: "_s + reply.errorText()};
}

} // namespace

QByteArray Importer::previewBody(const Arguments &arguments) const
{
    QJsonArray files;
    for (const ImportFile &file : m_files.files())
        files.append(QJsonObject{{u"name"_s, file.name}, {u"content"_s, QString::fromLatin1(file.bytes.toBase64())}});
    QJsonObject body{{u"files"_s, files}};
    if (const QString user = qEnvironmentVariable("USER"); !user.isEmpty())
        body.insert(u"default_user"_s, user);
    if (!arguments.importFormat.isEmpty())
        body.insert(u"format"_s, arguments.importFormat);
    if (!arguments.keyPath.isEmpty())
        body.insert(u"default_key_path"_s, arguments.keyPath);
    if (!arguments.importFolder.isEmpty())
        body.insert(u"folder_path"_s, QJsonArray::fromStringList(arguments.importFolder));
    if (arguments.dataDir != m_files.home()) // the agent's own `~` is the data folder
        body.insert(u"home_folder"_s, m_files.home());
    return QJsonDocument(body).toJson(QJsonDocument::Compact);
}

Task<Result<QByteArray>> Importer::preview(Arguments arguments)
{
    for (int round = 1;; ++round) {
        const Reply reply =
            co_await m_client.request("POST", u"/api/sessions/import/preview"_s, previewBody(arguments));
        if (!reply.isSuccess())
            co_return failed(reply);
        QStringList missing;
        for (const QJsonValue &pattern : QJsonDocument::fromJson(reply.body)["missing_includes"_L1].toArray())
            missing.append(pattern.toString());
        auto found = m_files.include(missing);
        if (!found)
            co_return found.error();
        if (!*found || round == kMaxRounds)
            co_return Result<QByteArray>(reply.body);
    }
}

Task<Result<Importer::Outcome>> Importer::run(Arguments arguments)
{
    Result<QByteArray> plan = co_await preview(arguments);
    if (!plan)
        co_return plan.error();
    const QJsonObject shown = QJsonDocument::fromJson(*plan).object();
    writeAll(STDOUT_FILENO, planText(shown).toUtf8());
    const qsizetype count = sessionsToCreate(shown);
    if (count == 0)
        co_return Outcome::NothingToDo;
    if (!arguments.assumeYes) {
        const auto answer = askYesNo(u"Import %1 session%2?"_s.arg(QString::number(count), count == 1 ? u""_s : u"s"_s),
                                     m_interruptions);
        if (!answer)
            co_return answer.error();
        if (!*answer)
            co_return Outcome::Declined;
    }
    const Reply reply = co_await m_client.request("POST", u"/api/sessions/import/confirm"_s, *plan);
    if (!reply.isSuccess())
        co_return failed(reply);
    const QJsonObject done = QJsonDocument::fromJson(reply.body).object();
    const QString text = u"\nImported %1 sessions, %2 profiles, %3 jump hosts, %4 folders; %5 skipped.\n"_s.arg(
        QString::number(done["sessions_created"_L1].toInteger()),
        QString::number(done["profiles_created"_L1].toInteger()),
        QString::number(done["jump_hosts_created"_L1].toInteger()),
        QString::number(done["folders_created"_L1].toInteger()),
        QString::number(done["sessions_skipped"_L1].toInteger()));
    writeAll(STDOUT_FILENO, text.toUtf8());
    co_return Outcome::Imported;
}

} // namespace agent::console
