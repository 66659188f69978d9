#pragma once

#include <QByteArray>
#include <QString>
#include <QStringList>

#include <optional>

namespace agent {

/// Where `uv` and Python may be. Nothing is ever fetched: what is not installed is not there.
struct PythonPlaces
{
    QStringList uv;     ///< absolute paths
    QStringList python; ///< absolute paths
    QString uvCache =
        {}; ///< holds `<version>/uv`, as other programs of the house may have left it (contract 04 section 5.7)

    /// By PATH, and where installers put them. `dataFolder`: the database's home. Reads the environment: main thread.
    static PythonPlaces usual(const QString &dataFolder);

    // These look at the disk: for a worker thread.
    [[nodiscard]] std::optional<QByteArray> findUv() const;
    [[nodiscard]] std::optional<QByteArray> findPython() const;
};

} // namespace agent
