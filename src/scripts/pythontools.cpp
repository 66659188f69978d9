#include "scripts/pythontools.h"

#include <QDir>
#include <QFile>
#include <QFileInfo>

#include <algorithm>

namespace agent {

using namespace Qt::StringLiterals;

namespace {

#ifdef _WIN32
constexpr QLatin1StringView kSuffix(".exe");
#else
constexpr QLatin1StringView kSuffix("");
#endif

bool isProgram(const QString &path)
{
    const QFileInfo info(path);
    return info.isFile() && info.isExecutable();
}

std::optional<QByteArray> firstProgram(const QStringList &paths)
{
    const auto found = std::ranges::find_if(paths, &isProgram);
    return found == paths.end() ? std::nullopt : std::optional(QFile::encodeName(*found));
}

} // namespace

PythonPlaces PythonPlaces::usual(const QString &dataFolder)
{
    const QString home = QDir::homePath();
    QStringList folders = qEnvironmentVariable("PATH").split(QDir::listSeparator(), Qt::SkipEmptyParts);
    // A program started from a desktop has a shorter PATH than a shell.
    folders << home + u"/.local/bin"_s << home + u"/.cargo/bin"_s << u"/opt/homebrew/bin"_s << u"/usr/local/bin"_s
            << u"/usr/bin"_s;
    PythonPlaces places{.uvCache = dataFolder + u"/uv"_s};
    for (const QString &folder : std::as_const(folders)) {
        if (!QDir::isAbsolutePath(folder))
            continue;
        places.uv.append(folder + u"/uv"_s + kSuffix);
        places.python.append(folder + u"/python3"_s + kSuffix);
    }
    return places;
}

std::optional<QByteArray> PythonPlaces::findUv() const
{
    if (const auto found = firstProgram(uv))
        return found;
    if (uvCache.isEmpty())
        return std::nullopt;
    QStringList cached;
    for (const QString &version :
         QDir(uvCache).entryList(QDir::Dirs | QDir::NoDotAndDotDot, QDir::Name | QDir::Reversed))
        cached.append(uvCache + u'/' + version + u"/uv"_s + kSuffix);
    return firstProgram(cached);
}

std::optional<QByteArray> PythonPlaces::findPython() const { return firstProgram(python); }

} // namespace agent
