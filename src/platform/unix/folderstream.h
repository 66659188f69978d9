#pragma once

#include "platform/unix/descriptor.h"

#include <cerrno>
#include <cstring>
#include <dirent.h>

namespace agent {

/// The entries of an open folder, without `.` and `..`, in the system's order. False, with errno: it cannot be read.
class FolderStream
{
public:
    explicit FolderStream(Descriptor folder)
        : m_entries(folder ? ::fdopendir(folder.get()) : nullptr)
    {
        if (m_entries)
            (void)folder.release();
    }
    FolderStream(const FolderStream &) = delete;
    FolderStream &operator=(const FolderStream &) = delete;
    ~FolderStream()
    {
        if (m_entries)
            ::closedir(m_entries);
    }

    explicit operator bool() const { return m_entries; }
    [[nodiscard]] int fd() const { return ::dirfd(m_entries); }
    /// Null at the end, and on a failure.
    const dirent *next()
    {
        do {
            errno = 0;
            m_entry = ::readdir(m_entries);
        } while (m_entry && (std::strcmp(m_entry->d_name, ".") == 0 || std::strcmp(m_entry->d_name, "..") == 0));
        m_error = m_entry ? 0 : errno;
        return m_entry;
    }
    /// The errno that ended it before the end; 0: none.
    [[nodiscard]] int error() const { return m_error; }
    void rewind() { ::rewinddir(m_entries); }

private:
    DIR *m_entries;
    const dirent *m_entry = nullptr;
    int m_error = 0;
};

} // namespace agent
