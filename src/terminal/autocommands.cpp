#include "terminal/autocommands.h"

namespace agent {

namespace {

/// No prompt is longer, escape sequences included.
constexpr qsizetype kMaxSeen = 4096;

bool isFinal(QChar c) { return c >= u'@' && c <= u'~'; }

/// Without the control sequences of ECMA-48: CSI ... final, OSC ... BEL or ST, and two-character escapes.
QString withoutEscapes(QStringView text)
{
    QString plain;
    plain.reserve(text.size());
    for (qsizetype i = 0; i < text.size(); ++i) {
        if (text[i] != u'\x1b') {
            plain += text[i];
            continue;
        }
        if (++i >= text.size())
            break;
        if (text[i] == u'[') {
            while (++i < text.size() && !isFinal(text[i])) {
            }
        } else if (text[i] == u']') {
            while (++i < text.size() && text[i] != u'\a' && text[i] != u'\x1b') {
            }
            if (i < text.size() && text[i] == u'\x1b')
                ++i; // the backslash of ST
        } else if (text[i] == u'(' || text[i] == u')') {
            ++i; // a character set's name
        }
    }
    return plain;
}

} // namespace

bool endsInPrompt(QStringView output)
{
    const QString plain = withoutEscapes(output);
    qsizetype end = plain.size();
    while (end > 0 && (plain[end - 1].isSpace() || plain[end - 1].unicode() < 0x20))
        --end;
    return end > 0 && QStringView(u">#$%:").contains(plain[end - 1]);
}

AutoCommands::AutoCommands(QStringList commands, QObject *parent)
    : QObject(parent)
    , m_commands(std::move(commands))
{
    m_silence.setSingleShot(true);
    m_silence.setInterval(kSettleTime);
    connect(&m_silence, &QTimer::timeout, this, &AutoCommands::sendIfPrompted);
}

void AutoCommands::observe(QStringView output)
{
    if (isDone())
        return;
    m_seen += output.last(qMin(output.size(), kMaxSeen));
    if (m_seen.size() > kMaxSeen)
        m_seen = m_seen.last(kMaxSeen);
    m_silence.start();
}

void AutoCommands::sendIfPrompted()
{
    if (isDone() || !endsInPrompt(m_seen))
        return;
    m_seen.clear();
    Q_EMIT commandDue(m_commands.takeFirst().toUtf8() + '\r');
}

} // namespace agent
