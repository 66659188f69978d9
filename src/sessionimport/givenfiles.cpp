#include "sessionimport/givenfiles.h"

#include "sessionimport/wildcard.h"

#include <algorithm>

namespace agent::sessionimport {

using namespace Qt::StringLiterals;

namespace {

QStringView inSshFolder(QStringView name)
{
    constexpr auto kFolder = "~/.ssh/"_L1;
    return name.startsWith(kFolder) ? name.sliced(kFolder.size()) : name;
}

} // namespace

GivenFiles::GivenFiles(QList<SourceFile> files)
    : m_files(std::move(files))
{
    // glob(3) sorts.
    std::ranges::sort(m_files, {}, &SourceFile::name);
}

QList<SourceFile> GivenFiles::matching(const QString &pattern) const
{
    QList<SourceFile> found;
    MatchBudget budget;
    for (const SourceFile &file : m_files) {
        if (matchesPath(inSshFolder(file.name), inSshFolder(pattern), budget))
            found.append(file);
    }
    return found;
}

} // namespace agent::sessionimport
