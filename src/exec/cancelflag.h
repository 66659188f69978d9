#pragma once

#include <QObject>

#include <memory>
#include <utility>

namespace agent {

/// Raised when nobody wants the outcome any more: the client is gone, the person pressed stop. Shared by everything
/// that works for one call. Lives on the main thread.
class CancelFlag : public QObject
{
    Q_OBJECT

public:
    [[nodiscard]] bool isRaised() const { return m_isRaised; }
    void raise()
    {
        if (!std::exchange(m_isRaised, true))
            Q_EMIT raised();
    }

Q_SIGNALS:
    void raised(); ///< once

private:
    bool m_isRaised = false;
};

using SharedCancelFlag = std::shared_ptr<CancelFlag>;

} // namespace agent
