#pragma once

#include <QObject>
#include <QString>
#include <QStringList>
#include <QTimer>

#include <chrono>

namespace agent {

/// Types the commands of a session after the login, one at each prompt (contract 03 section 2.5). A prompt is output
/// that, without escape sequences and trailing blanks, ends in one of `> # $ % :` and is followed by silence.
class AutoCommands : public QObject
{
    Q_OBJECT

public:
    static constexpr auto kSettleTime = std::chrono::milliseconds(200);

    explicit AutoCommands(QStringList commands, QObject *parent = nullptr);

    /// Output as the person sees it.
    void observe(QStringView output);
    [[nodiscard]] bool isDone() const { return m_commands.isEmpty(); }

Q_SIGNALS:
    void commandDue(const QByteArray &line); ///< with the carriage return of the Enter key

private:
    void sendIfPrompted();

    QStringList m_commands;
    QString m_seen; ///< the end of what has come since the last command
    QTimer m_silence;
};

/// Whether `output` ends in a prompt.
[[nodiscard]] bool endsInPrompt(QStringView output);

} // namespace agent
