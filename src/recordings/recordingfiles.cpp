#include "recordings/recordingfiles.h"

#include "core/jsonwriter.h"

#include <QCryptographicHash>

#include <algorithm>

namespace agent {

using namespace Qt::StringLiterals;

namespace {

constexpr auto kEmptyEvent = "[0,\"o\",\"\"]\n";
constexpr qint64 kMaxBrokenTail = 1024 * 1024; ///< a longer end without a line break is no half line of ours
constexpr qint64 kMaxHeader = 64 * 1024;

QByteArray headerOf(const Recording &recording)
{
    const QByteArray shell = qgetenv("SHELL");
    JsonWriter json;
    json.beginObject();
    json.key("version");
    json.integer(2);
    json.key("width");
    json.integer(recording.terminalCols);
    json.key("height");
    json.integer(recording.terminalRows);
    json.key("timestamp");
    json.integer(recording.createdAt.secondsSinceEpoch());
    json.key("title");
    json.string(recording.name);
    json.key("env");
    json.beginObject();
    json.key("SHELL");
    json.string(shell.isEmpty() ? u"/bin/bash"_s : QString::fromUtf8(shell));
    json.key("TERM");
    json.utf8("xterm-256color");
    json.endObject();
    json.endObject();
    return json.take() + '\n';
}

QByteArray digestOf(QByteArrayView lines) { return QCryptographicHash::hash(lines, QCryptographicHash::Sha256); }

/// Makes the file end with a whole line. @return its size
Result<qint64> mend(OpenedFile &file, qint64 size)
{
    const qint64 length = std::min(size, kMaxBrokenTail);
    auto last = file.read(std::max<qint64>(0, size - 1), 1);
    if (!last)
        return last.error();
    if (size == 0 || *last == "\n")
        return size;
    const auto end = file.read(size - length, length);
    if (!end)
        return end.error();
    const QByteArray line = end->sliced(end->lastIndexOf('\n') + 1);
    const auto event = JsonDocument::parse(QByteArray(line.constData(), line.size()));
    if (line.size() == kMaxBrokenTail || (event && (event->root().IsArray() || event->root().IsObject()))) {
        if (const Status ended = file.append("\n"); !ended) // whole, only not ended
            return ended.error();
        return size + 1;
    }
    if (const Status cut = file.truncate(size - line.size()); !cut)
        return cut.error();
    return size - line.size();
}

} // namespace

Result<QString> RecordingFiles::create(const Recording &recording)
{
    if (const Status made = m_folder.create(); !made)
        return withoutAbsence(made.error());
    const QString path = m_folder.pathOf(u"%1_%2.cast"_s.arg(recording.id, recording.createdAt.toFileNameText()));
    const auto file = m_folder.open(path, ConfinedFolder::Mode::CreateNew);
    if (!file)
        return withoutAbsence(file.error());
    const QByteArray start = headerOf(recording) + kEmptyEvent;
    if (const Status written = (*file)->append(start); !written) {
        (void)m_folder.remove(path); // what failed is the news
        return written.error();
    }
    return path;
}

qsizetype RecordingFiles::sizeOfRepetition(const QString &path, qint64 end, const QByteArray &lines) const
{
    const LastLines *last = m_last.object(path);
    if (!last || last->end != end || lines.size() < last->size)
        return 0;
    return digestOf(QByteArrayView(lines).first(last->size)) == last->digest ? last->size : 0;
}

Status RecordingFiles::append(const QString &path, const QByteArray &lines)
{
    const auto file = m_folder.open(path, ConfinedFolder::Mode::Append);
    if (!file)
        return withoutAbsence(file.error());
    if (lines.isEmpty())
        return {};
    const auto size = (*file)->size();
    if (!size)
        return size.error();
    if (*size + lines.size() > kMaxFileSize)
        return Error{ErrorCode::StorageFull, u"the recording has reached its largest size"_s};
    const auto end = mend(**file, *size);
    if (!end)
        return end.error();
    QByteArray added = lines.sliced(sizeOfRepetition(path, *end, lines));
    if (!added.isEmpty() && !added.endsWith('\n'))
        added += '\n';
    if (const Status written = (*file)->append(added); !written)
        return written;
    m_last.insert(path, new LastLines{.end = *end + added.size(), .size = lines.size(), .digest = digestOf(lines)});
    return {};
}

Status RecordingFiles::remove(const QString &path)
{
    m_last.remove(path);
    const Status removed = m_folder.remove(path);
    if (removed || removed.error().code == ErrorCode::NotFound || removed.error().code == ErrorCode::InvalidPath)
        return {};
    return removed;
}

Result<Playback> RecordingFiles::open(const QString &path) const
{
    auto file = m_folder.open(path, ConfinedFolder::Mode::Read);
    if (!file)
        return file.error();
    const auto size = (*file)->size();
    if (!size)
        return size.error();
    QByteArray tail;
    if (*size <= kMaxHeader) {
        const auto all = (*file)->read(0, *size);
        if (!all)
            return all.error();
        if (all->trimmed().indexOf('\n') < 0) // made by an agent that wrote the header only
            tail = (all->endsWith('\n') ? QByteArray() : QByteArray("\n")) + kEmptyEvent;
    }
    return Playback{.file = std::shared_ptr<const OpenedFile>(std::move(*file)), .size = *size, .tail = tail};
}

} // namespace agent
