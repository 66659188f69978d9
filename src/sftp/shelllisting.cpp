#include "sftp/shelllisting.h"

#include "sftp/sftpwire.h"

#include <QRegularExpression>

namespace agent {

using namespace Qt::StringLiterals;

namespace {

constexpr qsizetype kMaxEntries = 200'000;

quint32 typeOf(QChar letter)
{
    switch (letter.unicode()) {
    case u'd':
        return kTypeFolder;
    case u'l':
        return kTypeLink;
    case u'-':
        return kTypeRegular;
    case u'c':
        return 0020000;
    case u'b':
        return 0060000;
    case u'p':
        return 0010000;
    default:
        return 0140000;
    }
}

/// "rwxr-sr-t" as bits.
quint32 bitsOf(QStringView text)
{
    quint32 bits = 0;
    for (qsizetype i = 0; i < 9; ++i) {
        const QChar c = text[i];
        const bool isSpecial = c.toLower() == u's' || c.toLower() == u't';
        if (c != u'-' && (!isSpecial || c.isLower()))
            bits |= 0400U >> i;
        if (isSpecial)
            bits |= i == 2 ? 04000U : i == 5 ? 02000U : 01000U;
    }
    return bits;
}

} // namespace

QList<ShellListed> readShellListing(QByteArrayView output)
{
    // Latin-1 keeps every byte, so that names come back as they are.
    static const QRegularExpression kLine(
        u"^([-bcdlps])([-rwxsStT]{9})\\S? +\\d+ +(\\d+) +\\d+ +(\\d+(?:, +\\d+)?) +\\S+ +\\S+ +\\S+ (.+)$"_s);
    QList<ShellListed> entries;
    for (const QLatin1StringView line : QLatin1StringView(output).tokenize('\n'_L1)) {
        const auto match = kLine.match(QString(line));
        if (!match.hasMatch() || entries.size() >= kMaxEntries)
            continue;
        ShellListed entry;
        entry.mode = typeOf(match.capturedView(1).front()) | bitsOf(match.capturedView(2));
        entry.isLink = (entry.mode & kTypeMask) == kTypeLink;
        entry.owner = match.capturedView(3).toUInt();
        entry.size = match.capturedView(4).toULongLong(); // of a device: major and minor, which are no size
        QByteArray name = match.captured(5).toLatin1();
        if (entry.isLink)
            name.truncate(name.indexOf(" -> ") < 0 ? name.size() : name.indexOf(" -> "));
        entry.name = std::move(name);
        if (entry.name != "." && entry.name != "..")
            entries.append(std::move(entry));
    }
    return entries;
}

QByteArray shellWord(const QString &path)
{
    QByteArray bytes = path.toUtf8();
    if (bytes.startsWith('-'))
        bytes.prepend("./");
    return '\'' + bytes.replace('\'', "'\\''") + '\'';
}

} // namespace agent
