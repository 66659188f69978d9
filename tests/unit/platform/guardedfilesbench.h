#pragma once

#include "platform/guardedfiles.h"

#include <QDir>
#include <QFile>
#include <QTemporaryDir>
#include <QTest>

#include <atomic>
#include <fcntl.h>
#include <sys/stat.h>
#include <thread>
#include <unistd.h>

namespace agent::test {

using namespace Qt::StringLiterals;
using Parents = GuardedFiles::Parents;
using Removal = GuardedFiles::Removal;

inline const std::atomic_bool kNoStop = false;

/// Guarded files over a folder with secrets in it. Its suites open it for each test.
class GuardedFilesBench
{
public:
    void open()
    {
        m_around = std::make_unique<QTemporaryDir>(QDir::tempPath() + u"/guarded-XXXXXX"_s);
        QVERIFY(QDir(m_around->path()).mkpath(u"home/.ssh"_s));
        QVERIFY(QDir(m_around->path()).mkpath(u"home/data"_s));
        QVERIFY(QDir(m_around->path()).mkpath(u"desk"_s));
        const auto bytes = [&](const QString &name) { return QFile::encodeName(at(name)); };
        m_files = std::make_unique<GuardedFiles>(PathRules{.trees = {bytes(u"home/.ssh"_s), "/proc", "/dev"},
                                                           .prefixes = {bytes(u"etc-passwd"_s)},
                                                           .families = {bytes(u"home/data/db"_s)}},
                                                 0022);
        for (const QString &name : secrets())
            put(at(name), "secret");
    }

    QString at(const QString &name) const { return m_around->filePath(name); }
    static QStringList secrets()
    {
        return {u"home/.ssh/id"_s, u"home/data/db"_s, u"home/data/db-wal"_s, u"etc-passwd-"_s};
    }
    static void put(const QString &path, const QByteArray &text)
    {
        QFile file(path);
        QVERIFY2(file.open(QIODevice::WriteOnly), qPrintable(path));
        QCOMPARE(file.write(text), text.size());
    }
    static QByteArray content(const QString &path)
    {
        QFile file(path);
        return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
    }
    QByteArray read(const QString &path) const
    {
        const auto file = m_files->open(path);
        if (!file)
            return "error: " + file.error().message.toUtf8();
        return (*file)->read(0, 1'000'000).value();
    }
    static struct stat info(const QString &path)
    {
        struct stat found = {};
        ::lstat(QFile::encodeName(path).constData(), &found);
        return found;
    }
    template <typename T>
    static ErrorCode codeOf(const Result<T> &result)
    {
        return result ? ErrorCode::Internal : result.error().code;
    }
    QStringList names(const QString &path) const
    {
        QStringList all;
        const auto listing = m_files->list(path, 1000);
        for (const GuardedFiles::Entry &entry : listing.value().entries)
            all.append(entry.name);
        return all;
    }
    /// No secret is changed, and nothing has been made beside one.
    void checkUntouched() const
    {
        for (const QString &name : secrets())
            QCOMPARE(content(at(name)), "secret");
        QCOMPARE(QDir(at(u"home/.ssh"_s)).entryList(QDir::AllEntries | QDir::Hidden | QDir::NoDotAndDotDot),
                 QStringList{u"id"_s});
    }

    std::unique_ptr<QTemporaryDir> m_around;
    std::unique_ptr<GuardedFiles> m_files;
};

} // namespace agent::test
