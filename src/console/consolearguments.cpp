#include "console/consolearguments.h"

#include <QCommandLineParser>
#include <QDir>
#include <QFileInfo>

namespace agent::console {

using namespace Qt::StringLiterals;

namespace {

void addOptions(QCommandLineParser &parser)
{
    parser.addOption({u"agent"_s, {}, u"PATH"_s});
    parser.addOption({u"data-dir"_s, {}, u"DIR"_s});
    parser.addOption({u"frontend"_s, {}, u"DIR"_s});
    parser.addOption({u"verbose"_s, {}});
    parser.addOption({{u"h"_s, u"help"_s}, {}});
    parser.addOption({{u"V"_s, u"version"_s}, {}});
    parser.addOption({u"i"_s, {}, u"KEY"_s});
    parser.addOption({u"format"_s, {}, u"FORMAT"_s});
    parser.addOption({u"folder"_s, {}, u"NAME"_s});
    parser.addOption({{u"y"_s, u"yes"_s}, {}});
}

Error usage(QString text) { return {.code = ErrorCode::BadRequest, .message = std::move(text)}; }

/// `[user@]host[:port]`; an IPv6 literal stands in brackets when a port follows.
Status readDestination(const QString &text, Arguments &arguments)
{
    const qsizetype at = text.lastIndexOf(u'@');
    arguments.user = at >= 0 ? text.first(at) : qEnvironmentVariable("USER");
    QString rest = text.mid(at + 1);
    QString port;
    if (rest.startsWith(u'[')) {
        const qsizetype end = rest.indexOf(u']');
        if (end < 0)
            return usage(u"'"_s + text + u"': the bracket is not closed"_s);
        if (end + 1 < rest.size() && rest[end + 1] != u':')
            return usage(u"'"_s + text + u"': after the bracket comes :port"_s);
        port = rest.mid(end + 2);
        if (port.isEmpty() && end + 1 < rest.size())
            port = u"?"_s; // "[::1]:" is a forgotten port
        rest = rest.mid(1, end - 1);
    } else if (rest.count(u':') == 1) {
        port = rest.section(u':', 1);
        rest = rest.section(u':', 0, 0);
        if (port.isEmpty())
            port = u"?"_s;
    }
    if (!port.isEmpty()) {
        bool ok = false;
        arguments.port = port.toUShort(&ok);
        if (!ok || arguments.port == 0)
            return usage(u"'"_s + text + u"': the port is a number from 1 to 65535"_s);
    }
    if (rest.isEmpty())
        return usage(u"'"_s + text + u"' names no host"_s);
    if (arguments.user.isEmpty())
        return usage(u"name the user: ssh user@"_s + rest);
    arguments.host = rest;
    return {};
}

Status readRequest(const QStringList &words, Arguments &arguments)
{
    if (words.size() < 3 || words.size() > 4)
        return usage(u"request takes a method, a path and at most one JSON body"_s);
    arguments.method = words[1].toUpper().toLatin1();
    arguments.path = words[2];
    if (!arguments.path.startsWith(u'/'))
        return usage(u"the path starts with a slash, for example /api/info"_s);
    arguments.hasBody = words.size() == 4;
    arguments.body = words.value(3);
    return {};
}

Status readImport(const QStringList &words, Arguments &arguments)
{
    if (words.size() != 2)
        return usage(u"import takes one file, or a folder of session files"_s);
    if (arguments.dataDir.isEmpty())
        return usage(u"import needs --data-dir: without it nothing is kept"_s);
    arguments.importPath = words[1];
    return {};
}

Status readFolders(Arguments &arguments)
{
    if (!arguments.dataDir.isEmpty())
        arguments.dataDir = QDir(arguments.dataDir).absolutePath();
    if (!arguments.frontendDir.isEmpty()) {
        if (!QFileInfo::exists(arguments.frontendDir + u"/index.html"_s))
            return usage(arguments.frontendDir + u" holds no index.html; name a built Terminal UI"_s);
        arguments.frontendDir = QFileInfo(arguments.frontendDir).canonicalFilePath();
    }
    if (!arguments.keyPath.isEmpty())
        arguments.keyPath = QFileInfo(arguments.keyPath).absoluteFilePath();
    return {};
}

} // namespace

Result<Arguments> parseArguments(const QStringList &argv)
{
    QCommandLineParser parser;
    addOptions(parser);
    if (!parser.parse(argv))
        return usage(parser.errorText());

    Arguments arguments;
    arguments.agentPath = parser.value(u"agent"_s);
    arguments.dataDir = parser.value(u"data-dir"_s);
    arguments.frontendDir = parser.value(u"frontend"_s);
    arguments.keyPath = parser.value(u"i"_s);
    arguments.verbose = parser.isSet(u"verbose"_s);
    if (parser.isSet(u"help"_s) || parser.isSet(u"version"_s)) {
        arguments.command = parser.isSet(u"help"_s) ? Command::Help : Command::Version;
        return arguments;
    }
    if (Status folders = readFolders(arguments); !folders)
        return std::move(folders).error();

    const QStringList words = parser.positionalArguments();
    const QString word = words.value(0, u"console"_s);
    if (word == "console"_L1 || word == "shell"_L1) {
        arguments.command = word == "shell"_L1 ? Command::Shell : Command::Console;
        if (words.size() > 1)
            return usage(word + u" takes no further word"_s);
    } else if (word == "ssh"_L1) {
        arguments.command = Command::Ssh;
        if (words.size() != 2)
            return usage(u"ssh takes one destination: [user@]host[:port]"_s);
        if (Status destination = readDestination(words[1], arguments); !destination)
            return std::move(destination).error();
    } else if (word == "import"_L1) {
        arguments.command = Command::Import;
        if (Status import = readImport(words, arguments); !import)
            return std::move(import).error();
        arguments.importFormat = parser.value(u"format"_s);
        arguments.importFolder = parser.value(u"folder"_s).split(u'/', Qt::SkipEmptyParts);
        arguments.assumeYes = parser.isSet(u"yes"_s);
    } else if (word == "request"_L1) {
        arguments.command = Command::Request;
        if (Status request = readRequest(words, arguments); !request)
            return std::move(request).error();
    } else {
        return usage(u"unknown command '"_s + word + u"'"_s);
    }
    const bool isImport = arguments.command == Command::Import;
    if (arguments.command != Command::Ssh && !isImport && !arguments.keyPath.isEmpty())
        return usage(u"-i belongs to ssh and import"_s);
    for (const QString &option : {u"format"_s, u"folder"_s, u"yes"_s}) {
        if (!isImport && parser.isSet(option))
            return usage(u"--"_s + option + u" belongs to import"_s);
    }
    return arguments;
}

QString helpText()
{
    return uR"(netstacks-console starts the Local Agent the way NetStacks Terminal does, for people without it.

  netstacks-console [console]           print address, token, certificate and curl lines; stay until Ctrl-C
  netstacks-console shell               a local shell through the agent
  netstacks-console ssh [USER@]HOST[:PORT] [-i KEY]
                                        an SSH terminal through the agent
  netstacks-console import FILE --data-dir DIR [--format FORMAT] [--folder NAME/NAME] [-i KEY] [--yes]
                                        sessions of OpenSSH (~/.ssh/config), PuTTY (a registry export, or the folder
                                        ~/.putty/sessions) or SecureCRT (an XML export): shows what it would do and asks
  netstacks-console request METHOD PATH [JSON]
                                        one API call: status on stderr, body on stdout ("-" reads JSON from stdin)

In shell and ssh, "~." at the start of a line ends the session, "~~" sends one "~".

  --format FORMAT   openssh, putty-registry, putty-files or securecrt (default: found out from the file)
  --folder NAME     the folder to import into
  -i KEY            ssh: the key to log in with; import: the key for sessions that name none
  -y, --yes         import without asking
  --data-dir DIR    keep the agent's data in DIR (default: a temporary home, removed at the end)
  --frontend DIR    let the agent serve a built Terminal UI
  --agent PATH      the agent to start (default: netstacks-agent beside this program)
  --verbose         show the agent's log on stderr
  -h, --help        this text
  -V, --version     the version

Exit code: 0; 1 the API answered an error, or an import was declined; 2 wrong usage; 3 the agent could not be started or ended;
           130 interrupted; 255 the terminal session failed or was lost.
)"_s;
}

} // namespace agent::console
