#include "templating/builtins.h"

namespace agent::templating {

namespace {

using Table = QHash<QString, const Builtin *>;

Table tableOf(std::initializer_list<std::span<const Builtin>> parts)
{
    Table table;
    for (const auto &part : parts)
        for (const Builtin &builtin : part)
            table.insert(QString::fromLatin1(builtin.name), &builtin);
    return table;
}

} // namespace

const Builtin *findFilter(const QString &name)
{
    static const Table kTable =
        tableOf({textFilters(), markupFilters(), numberFilters(), listFilters(), orderFilters()});
    return kTable.value(name);
}

const Builtin *findTest(const QString &name)
{
    static const Table kTable = tableOf({tests()});
    return kTable.value(name);
}

const Builtin *findGlobal(const QString &name)
{
    static const Table kTable = tableOf({globals()});
    return kTable.value(name);
}

const Builtin *findMethod(Value::Type type, const QString &name)
{
    static const Table kTexts = tableOf({textMethods()}), kLists = tableOf({listMethods()}),
                       kDicts = tableOf({dictMethods()}), kFloats = tableOf({floatMethods()});
    switch (type) {
    case Value::Type::String:
        return kTexts.value(name);
    case Value::Type::List:
        return kLists.value(name);
    case Value::Type::Dict:
        return kDicts.value(name);
    case Value::Type::Float:
        return kFloats.value(name);
    default:
        return nullptr;
    }
}

} // namespace agent::templating
