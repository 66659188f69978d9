#pragma once

#include <QByteArray>
#include <QStringList>
#include <QStringView>

#include <chrono>

namespace agent {

/// Tells from the open line of a device's output whether it waits for a command, or for somebody to turn a page
/// (contract 03 section 9.2). Pure: it says how long the line must stay as it is to be believed, the caller has the
/// clock.
///
/// A prompt ends in one of `> # $ % :`. Many other lines do for a moment, so prompts that were seen before are learned
/// by the host name in them: those are believed after `kSettle`, everything else has to stand longer.
class PromptDetector
{
public:
    static constexpr auto kSettle = std::chrono::milliseconds(200);
    static constexpr auto kPagerSettle = std::chrono::milliseconds(50);
    /// `> # $` with another name than the ones learned: another shell, or a line that pauses.
    static constexpr auto kUnknownSettle = std::chrono::milliseconds(1500);
    /// `:` and `%`, which banners, questions and percentages end in as well.
    static constexpr auto kWeakSettle = std::chrono::milliseconds(3000);
    static constexpr auto kWeakFirstSettle = std::chrono::milliseconds(5000);

    struct Sighting
    {
        enum class Kind { Nothing, Prompt, Pager };
        Kind kind = Kind::Nothing;
        std::chrono::milliseconds settle{0};
        qsizetype markerStart = 0; ///< where the pager's marker begins in the line
        QByteArray answer = {};    ///< what turns the page
    };

    /// `openLine`: without escape sequences.
    [[nodiscard]] Sighting judge(QStringView openLine) const;
    /// The line was a prompt: the next one like it is known. Also teaches prompts that end in something else.
    void learn(QStringView prompt);
    [[nodiscard]] bool hasLearned() const { return !m_stems.isEmpty() || !m_exact.isEmpty(); }

private:
    [[nodiscard]] bool isKnown(QStringView line) const;

    QStringList m_stems; ///< host names
    QStringList m_exact; ///< whole prompts that hold none: "$"
};

/// Whether the line asks who is there, so that a command would be taken for a name or a password.
[[nodiscard]] bool asksForLogin(QStringView openLine);

/// The host name a prompt is recognised by: "Router" of "Router(config-if)#", "host" of "[user@host ~]$". Empty when
/// there is none.
[[nodiscard]] QString promptStem(QStringView prompt);

} // namespace agent
