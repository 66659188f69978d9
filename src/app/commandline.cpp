#include "app/commandline.h"

#include <QCoreApplication>

namespace agent {

using namespace Qt::StringLiterals;

namespace {

struct Texts
{
    Q_DECLARE_TR_FUNCTIONS(CommandLine)
};

constexpr auto kProductUrl = "https://netstacks.net"_L1;

std::optional<QString> valueOf(QLatin1StringView option, const QStringList &words)
{
    const qsizetype at = words.indexOf(option);
    return at >= 0 && at + 1 < words.size() ? std::optional(words[at + 1]) : std::nullopt;
}

bool isDecimal(QStringView text)
{
    return !text.isEmpty() && std::ranges::all_of(text, [](QChar c) { return c >= u'0' && c <= u'9'; });
}

quint16 parsePort(QStringView text)
{
    bool ok = false;
    const ushort port = text.toUShort(&ok);
    return ok && isDecimal(text) ? port : 0;
}

/// An IPv4 or IPv6 literal; QHostAddress alone would also take "127.1".
std::optional<QHostAddress> parseAddress(const QString &text)
{
    const auto parts = QStringView(text).split(u'.');
    const bool dotted = parts.size() == 4 && std::ranges::all_of(parts, isDecimal);
    QHostAddress address;
    if ((dotted || text.contains(u':')) && address.setAddress(text))
        return address;
    return std::nullopt;
}

CommandLine::Mode modeOf(const QStringList &words, bool standalone)
{
    using Mode = CommandLine::Mode;
    if (words.contains("--version"_L1) || words.contains("-V"_L1))
        return Mode::Version;
    if (words.contains("--help"_L1) || words.contains("-h"_L1))
        return Mode::Help;
    // Neither needs the gate: the installer's pre-trust step and documentation builds are not launches.
    if (words.contains("--init-tls"_L1))
        return Mode::InitTls;
    if (words.contains("--print-openapi"_L1))
        return Mode::PrintOpenApi;
    // Nor does this: who needs it cannot start the application.
    if (words.contains("--restore-backup"_L1))
        return Mode::RestoreBackup;
    return standalone || words.contains("--license-example"_L1) ? Mode::Run : Mode::Refuse;
}

} // namespace

CommandLine CommandLine::parse(const QStringList &words, bool standalone)
{
    CommandLine line;
    line.mode = modeOf(words, standalone);
    line.backup = valueOf("--restore-backup"_L1, words).value_or(QString());
    line.remote = words.contains("--remote"_L1);
    line.address = QHostAddress(line.remote ? QHostAddress::AnyIPv4 : QHostAddress::LocalHost);
    if (const auto port = valueOf("--port"_L1, words))
        line.port = parsePort(*port);
    if (const auto bind = valueOf("--bind"_L1, words))
        line.address = parseAddress(*bind).value_or(line.address);
    return line;
}

QByteArray CommandLine::versionText() { return "netstacks-agent " AGENT_VERSION "\n"; }

QByteArray CommandLine::helpText()
{
    const QString text = Texts::tr("\n"
                                   "The Local Agent of NetStacks Terminal. The desktop application starts it and\n"
                                   "talks to it; it is not meant to be run by hand.\n"
                                   "\n"
                                   "  --version, -V      print the version\n"
                                   "  --help, -h         print this text\n"
                                   "  --init-tls         make the localhost certificate, if missing, and exit\n"
                                   "  --print-openapi    print the description of the API and exit\n"
                                   "  --restore-backup <file>\n"
                                   "                     put this copy of the database in its place at the next start\n"
                                   "                     and keep what was there, and exit\n"
                                   "  --license-example  start (the application passes this)\n"
                                   "  --remote           serve a remote workspace: listen on all addresses\n"
                                   "  --port <number>    listen on this port (default: any free one)\n"
                                   "  --bind <address>   listen on this IPv4 or IPv6 address\n"
                                   "\n"
                                   "%1\n");
    return versionText() + text.arg(kProductUrl).toUtf8();
}

QByteArray CommandLine::refusalText()
{
    return Texts::tr("netstacks-agent is a component of NetStacks Terminal and is not run by itself.\n"
                     "Start the NetStacks Terminal application instead: %1\n")
        .arg(kProductUrl)
        .toUtf8();
}

} // namespace agent
