#pragma once

#include <QTest>

namespace agent::test {

/// One test row for each command, in the column "command".
inline void addCommands(std::initializer_list<const char *> commands)
{
    QTest::addColumn<QString>("command");
    for (const char *command : commands)
        QTest::newRow(command) << QString::fromUtf8(command);
}

} // namespace agent::test
