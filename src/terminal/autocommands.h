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

    /// What counts as the first prompt; every later one may be any, such as the password prompt of `enable`.
    enum class StartAt {
        AnyPrompt,
        PromptAfterLogin, ///< telnet: the login itself is part of the output
    };

    explicit AutoCommands(QStringList commands, StartAt start = StartAt::AnyPrompt, QObject *parent = nullptr);

    /// Output as the person sees it.
    void observe(QStringView output);
    [[nodiscard]] bool isDone() const { return m_commands.isEmpty(); }

Q_SIGNALS:
    void commandDue(const QByteArray &line); ///< with the carriage return of the Enter key

private:
    void sendIfPrompted();

    QStringList m_commands;
    StartAt m_start;
    QString m_seen; ///< the end of what has come since the last command
    QTimer m_silence;
};

} // namespace agent
