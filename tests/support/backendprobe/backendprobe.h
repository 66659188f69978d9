#pragma once

#include "backend/terminalbackend.h"

#include <QStringList>

#include <memory>

namespace agent::test {

/// Owns a backend and notes all it says.
class BackendProbe : public QObject
{
public:
    explicit BackendProbe(std::unique_ptr<TerminalBackend> tested)
        : backend(std::move(tested))
    {
        QObject::connect(backend.get(), &TerminalBackend::connected, this,
                         [this] { news << QStringLiteral("connected"); });
        QObject::connect(backend.get(), &TerminalBackend::outputReceived, this, [this](const QByteArray &bytes) {
            if (news.isEmpty() || news.last() != QStringLiteral("output"))
                news << QStringLiteral("output");
            received += bytes.size();
            if (onOutput)
                onOutput(bytes);
            else
                output += bytes;
        });
        QObject::connect(backend.get(), &TerminalBackend::failed, this, [this](const QString &text) {
            news << QStringLiteral("failed");
            reason = text;
        });
        QObject::connect(backend.get(), &TerminalBackend::ended, this, [this] { news << QStringLiteral("ended"); });
        QObject::connect(backend.get(), &TerminalBackend::lost, this, [this](const QString &text) {
            news << QStringLiteral("lost");
            reason = text;
        });
    }

    [[nodiscard]] bool is(const char *last) const { return !news.isEmpty() && news.last() == QLatin1StringView(last); }
    [[nodiscard]] bool has(const char *word) const { return news.contains(QLatin1StringView(word)); }

    std::unique_ptr<TerminalBackend> backend;
    QStringList news;
    QByteArray output;
    qint64 received = 0;
    QString reason;
    std::function<void(const QByteArray &)> onOutput;
};

} // namespace agent::test
