#include "console/plantext.h"

#include <QJsonArray>
#include <QStringList>

#include <algorithm>

namespace agent::console {

using namespace Qt::StringLiterals;

namespace {

constexpr qsizetype kWidestColumn = 40;

QString harmless(QString text)
{
    for (QChar &c : text) {
        if (c.category() == QChar::Other_Control || c.category() == QChar::Other_Format)
            c = u'?';
    }
    return text;
}

QStringList textsOf(const QJsonValue &list)
{
    QStringList texts;
    for (const QJsonValue &text : list.toArray())
        texts.append(text.toString());
    return texts;
}

QString addressOf(const QJsonObject &session)
{
    const QString host = session["host"_L1].toString();
    const QString address = host.contains(u':') ? QString(u'[' + host + u']') : host;
    const QString protocol = session["protocol"_L1].toString();
    return (protocol == "ssh"_L1 ? QString() : QString(protocol + u' ')) + address + u':' +
           QString::number(session["port"_L1].toInt());
}

/// The machines in between, the first first.
QString wayOf(const QJsonObject &session)
{
    QStringList hops = textsOf(session["jump_chain"_L1]);
    for (const auto member : {"jump_host_name"_L1, "jump_session_name"_L1}) {
        if (const QString name = session[member].toString(); !name.isEmpty())
            hops.append(name);
    }
    return hops.join(" > "_L1);
}

QString forwardsOf(const QJsonObject &session)
{
    const qsizetype count = session["port_forwards"_L1].toArray().size();
    return count > 0 ? QString::number(count) : QString();
}

QString actionOf(const QJsonObject &planned)
{
    const QString action = planned["action"_L1].toString(), state = planned["state"_L1].toString();
    if (state == "duplicate"_L1)
        return action == "skip"_L1 ? u"skip (is there)"_s : action;
    if (state == "renamed"_L1)
        return action + u" (renamed)"_s;
    return action == "skip"_L1 ? u"skip (see below)"_s : action;
}

QString tableOf(const QList<QStringList> &rows)
{
    QList<qsizetype> widths;
    for (const QStringList &row : rows) {
        widths.resize(std::max(widths.size(), row.size()));
        for (qsizetype i = 0; i < row.size(); ++i)
            widths[i] = std::max(widths[i], std::min(row[i].size(), kWidestColumn));
    }
    QString text;
    for (const QStringList &row : rows) {
        QString line;
        for (qsizetype i = 0; i < row.size(); ++i)
            line += row[i].leftJustified(widths[i]) + u"  "_s;
        while (line.endsWith(u' '))
            line.chop(1);
        text += line + u'\n';
    }
    return text;
}

/// "new: a, b; there already: c"
QString namesOf(const QJsonValue &list, QLatin1StringView member)
{
    QStringList made, found;
    for (const QJsonValue &item : list.toArray()) {
        const QJsonValue name = item[member];
        (item["exists"_L1].toBool() ? found : made)
            .append(harmless(name.isArray() ? textsOf(name).join(u'/') : name.toString()));
    }
    QStringList parts;
    if (!made.isEmpty())
        parts.append(u"new: "_s + made.join(", "_L1));
    if (!found.isEmpty())
        parts.append(u"there already: "_s + found.join(", "_L1));
    return parts.isEmpty() ? u"none"_s : parts.join("; "_L1);
}

} // namespace

QString planText(const QJsonObject &plan)
{
    QList<QStringList> rows{
        {u"ACTION"_s, u"SESSION"_s, u"ADDRESS"_s, u"PROFILE"_s, u"THROUGH"_s, u"FORWARDS"_s, u"FOLDER"_s}};
    for (const QJsonValue &value : plan["sessions"_L1].toArray()) {
        const QJsonObject planned = value.toObject();
        const QJsonObject session = planned["session"_L1].toObject();
        rows.append({actionOf(planned), harmless(session["name"_L1].toString()), harmless(addressOf(session)),
                     harmless(session["profile_name"_L1].toString()), harmless(wayOf(session)), forwardsOf(session),
                     harmless(textsOf(session["folder_path"_L1]).join(u'/'))});
    }
    QString text = tableOf(rows);
    text += u"\nProfiles:   "_s + namesOf(plan["profiles"_L1], "name"_L1) + u'\n';
    text += u"Jump hosts: "_s + namesOf(plan["jump_hosts"_L1], "name"_L1) + u'\n';
    text += u"Folders:    "_s + namesOf(plan["folders"_L1], "path"_L1) + u'\n';
    const QJsonArray warnings = plan["warnings"_L1].toArray();
    if (!warnings.isEmpty())
        text += u"\nWarnings:\n"_s;
    for (const QJsonValue &warning : warnings) {
        QString at = warning["file"_L1].toString();
        if (const auto line = warning["line"_L1].toInteger(); line > 0)
            at += u':' + QString::number(line);
        text += u"  "_s + harmless(at.isEmpty() ? at : QString(at + u": "_s)) +
                harmless(warning["message"_L1].toString()) + u'\n';
    }
    return text;
}

qsizetype sessionsToCreate(const QJsonObject &plan)
{
    const QJsonArray sessions = plan["sessions"_L1].toArray();
    return std::ranges::count_if(
        sessions, [](const QJsonValue &planned) { return planned["action"_L1].toString() == "create"_L1; });
}

} // namespace agent::console
