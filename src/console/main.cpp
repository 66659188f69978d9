#include "console/console.h"
#include "console/consolearguments.h"

#include <QCoreApplication>

#include <cstdio>

using namespace agent::console;

int main(int argc, char **argv)
{
    QCoreApplication app(argc, argv);
    auto arguments = parseArguments(QCoreApplication::arguments());
    if (!arguments) {
        std::fprintf(stderr, "netstacks-console: %s (see --help)\n", qPrintable(arguments.error().message));
        return 2;
    }
    if (arguments->command == Command::Help) {
        std::fputs(qPrintable(helpText()), stdout);
        return 0;
    }
    if (arguments->command == Command::Version) {
        std::puts("netstacks-console " AGENT_VERSION);
        return 0;
    }
    Console console(std::move(*arguments));
    const std::optional<int> ended = console.start();
    return ended ? *ended : QCoreApplication::exec();
}
