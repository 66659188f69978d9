#pragma once

#include "core/schema.h"

#include <QList>
#include <QString>

#include <optional>

namespace agent {

/// A file on a device (contract 04 section 1.1).
struct FileEntry
{
    QString name;
    QString path;
    bool isDir = false;
    quint64 size = 0;                ///< 0 when unknown
    std::optional<quint64> modified; ///< Unix seconds
    std::optional<quint32> permissions;
};

struct FileListing
{
    QList<FileEntry> entries; ///< folders first, then by name
    QString path;             ///< as it was asked for
};

template <>
struct Schema<FileEntry>
{
    static constexpr const char *name = "FileEntry";
    static constexpr auto fields = std::tuple{
        field("name", &FileEntry::name),         field("path", &FileEntry::path),
        field("is_dir", &FileEntry::isDir),      field("size", &FileEntry::size),
        field("modified", &FileEntry::modified), field("permissions", &FileEntry::permissions),
    };
};

template <>
struct Schema<FileListing>
{
    static constexpr const char *name = "FileListing";
    static constexpr auto fields = std::tuple{
        field("entries", &FileListing::entries),
        field("path", &FileListing::path),
    };
};

} // namespace agent
