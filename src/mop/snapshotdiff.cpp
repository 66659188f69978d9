#include "mop/snapshotdiff.h"

#include <QHash>
#include <QRegularExpression>

namespace agent {

using namespace Qt::StringLiterals;

namespace {

/// The lines that one command wrote.
struct Block
{
    QString command; ///< empty: what came before the first
    int run = 0;     ///< which run of this command it is
    QStringList lines;
};

bool isBarePrompt(QStringView line)
{
    static const QRegularExpression prompt(u"^[\\w.@:/~()\\[\\]-]+[#>$]\\s*$"_s);
    return prompt.matchView(line).hasMatch();
}

/// Whether the line is the echo of the command, behind a prompt or without one.
bool isEchoOf(QStringView line, const QString &command)
{
    if (command.isEmpty() || !line.endsWith(command))
        return false;
    const QStringView before = line.chopped(command.size());
    return before.trimmed().isEmpty() || isBarePrompt(before);
}

QList<Block> blocksOf(const ChangeSnapshot &snapshot)
{
    QList<Block> blocks{{}};
    QHash<QString, int> runs;
    qsizetype next = 0;
    const auto &lines = snapshot.output.split(u'\n');
    for (const QString &text : lines) {
        const QString line = text.endsWith(u'\r') ? text.chopped(1) : text;
        const QString command = next < snapshot.commands.size() ? snapshot.commands.at(next).trimmed() : QString();
        if (isEchoOf(QStringView(line).trimmed(), command)) {
            blocks.append({command, runs[command]++, {}});
            ++next;
        } else if (!line.trimmed().isEmpty() && !isBarePrompt(line)) {
            blocks.last().lines.append(line);
        }
    }
    return blocks;
}

/// The lines of `blocks` that their counterparts in `others` do not have, as often as they are missing there.
QStringList linesOnlyIn(const QList<Block> &blocks, const QList<Block> &others)
{
    QStringList found;
    for (const Block &block : blocks) {
        QHash<QStringView, int> left;
        for (const Block &other : others) {
            if (other.command != block.command || other.run != block.run)
                continue;
            for (const QString &line : other.lines)
                ++left[line];
        }
        for (const QString &line : block.lines) {
            if (auto counterpart = left.find(line); counterpart != left.end() && *counterpart > 0)
                --*counterpart;
            else
                found.append(line);
        }
    }
    return found;
}

QString summaryOf(const SnapshotDiff &diff)
{
    if (!diff.preSnapshotId && !diff.postSnapshotId)
        return u"Nothing was captured before or after the change."_s;
    if (!diff.preSnapshotId)
        return u"Nothing was captured before the change."_s;
    if (!diff.postSnapshotId)
        return u"Nothing was captured after the change."_s;
    if (!diff.hasChanges)
        return u"The outputs before and after the change are the same."_s;
    return u"%1 lines were added and %2 removed."_s.arg(diff.linesAdded.size()).arg(diff.linesRemoved.size());
}

} // namespace

SnapshotDiff compareSnapshots(const QString &deviceId, const std::optional<ChangeSnapshot> &pre,
                              const std::optional<ChangeSnapshot> &post)
{
    SnapshotDiff diff{.deviceId = deviceId,
                      .preSnapshotId = {},
                      .postSnapshotId = {},
                      .preOutput = {},
                      .postOutput = {},
                      .linesAdded = {},
                      .linesRemoved = {},
                      .diffSummary = {}};
    if (pre) {
        diff.preSnapshotId = pre->id;
        diff.preOutput = pre->output;
    }
    if (post) {
        diff.postSnapshotId = post->id;
        diff.postOutput = post->output;
    }
    if (pre && post) {
        const QList<Block> before = blocksOf(*pre), after = blocksOf(*post);
        diff.linesAdded = linesOnlyIn(after, before);
        diff.linesRemoved = linesOnlyIn(before, after);
        diff.hasChanges = !diff.linesAdded.isEmpty() || !diff.linesRemoved.isEmpty();
    }
    diff.diffSummary = summaryOf(diff);
    return diff;
}

} // namespace agent
