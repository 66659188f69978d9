#pragma once

#include "backend/terminalbackend.h"

#include <QByteArray>

#include <deque>
#include <mutex>
#include <variant>

namespace agent {

/// Typed bytes and size changes on their way to a worker, in the order they happened. Thread-safe.
///
/// Sizes that follow each other directly are one size, and small inputs grow together, so that the number of items
/// is bounded by the bytes; whoever fills it bounds those through `bytes()`.
class InputQueue
{
public:
    using Item = std::variant<QByteArray, TerminalSize>;

    void pushBytes(const QByteArray &bytes);
    void pushSize(TerminalSize size);

    /// The oldest item. Bytes come back through `putBack` as far as they could not be written.
    [[nodiscard]] std::optional<Item> take();
    void putBack(QByteArray rest);
    /// The oldest item if it is a size: a change of size need not wait until the far side takes bytes.
    [[nodiscard]] std::optional<TerminalSize> takeSize();

    [[nodiscard]] qint64 bytes() const;
    [[nodiscard]] bool isEmpty() const;
    void clear();

private:
    mutable std::mutex m_mutex;
    std::deque<Item> m_items;
    qint64 m_bytes = 0;
    qint64 m_taken = 0; ///< size of the bytes between take and the next call; they still count
};

} // namespace agent
