#pragma once

#include "core/async.h"
#include "core/result.h"
#include "core/task.h"
#include "platform/guardedfiles.h"

#include <QThreadPool>

#include <atomic>
#include <functional>
#include <memory>

namespace agent {

/// What belongs to the agent or the user's keys, and so is no file for clients.
struct PrivatePlaces
{
    QString home;
    QString database = {};     ///< with all that is named after it
    QString configFolder = {}; ///< its TLS keys and its lock
};

/// Contract 04 section 3.2.
[[nodiscard]] PathRules localFileRules(const PrivatePlaces &places);

/// The files of this machine, for clients (contract 04 section 3). Main thread; the work is done on workers.
class LocalFiles
{
public:
    static constexpr qint64 kMaxText = 64 * 1024 * 1024;
    static constexpr qint64 kMaxBinary = 400'000'000; ///< in base64 not longer than a text in a browser can be
    static constexpr qsizetype kMaxEntries = 10'000;  ///< of a folder
    static constexpr int kMaxOrders = 256;            ///< that run or wait; further ones are turned away

    /// `fileMask`: the umask of the user, for new files.
    LocalFiles(const PrivatePlaces &places, unsigned fileMask);
    ~LocalFiles(); ///< ends a removal that runs; waits for the rest

    /// Runs `work` on a worker and gives its error the contract's `word`, and a field when it has none. @return
    /// Unavailable when too much waits
    template <typename T>
    [[nodiscard]] Task<Result<T>> run(const char *word, std::function<Result<T>(const LocalFiles &)> work)
    {
        const auto orders = m_orders; // this may be gone when the answer comes
        if (*orders >= kMaxOrders)
            co_return Error{ErrorCode::Unavailable, QStringLiteral("too many files are being worked on")};
        ++*orders;
        auto outcome = co_await onWorker(m_pool, [this, work = std::move(work)] { return work(*this); });
        --*orders;
        if (!outcome)
            co_return inWord(std::move(outcome).error(), word);
        co_return outcome;
    }

    [[nodiscard]] const GuardedFiles &files() const { return m_files; }
    [[nodiscard]] const std::atomic_bool &isStopping() const { return m_isStopping; }
    [[nodiscard]] QThreadPool &pool() { return m_pool; }

    /// The whole of a file, which must be UTF-8. Blocks.
    [[nodiscard]] Result<QByteArray> readText(const QString &path) const;
    /// The same on a worker, for other rooms.
    [[nodiscard]] Task<Result<QByteArray>> text(QString path);

private:
    static Error inWord(Error error, const char *word);

    GuardedFiles m_files;
    std::atomic_bool m_isStopping = false;
    std::shared_ptr<int> m_orders = std::make_shared<int>(0);
    QThreadPool m_pool; // goes first, and waits
};

} // namespace agent
