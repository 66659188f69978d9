#include "backend/prompt.h"

#include <algorithm>
#include <array>

namespace agent {

using namespace Qt::StringLiterals;

namespace {

/// Before a prompt's last word nothing matters.
constexpr qsizetype kLoginMemory = 256; // contract 03 section 14

bool isFinal(QChar c) { return c >= u'@' && c <= u'~'; }

bool isPromptEnd(QChar c) { return QStringView(u">#$%:").contains(c); }

bool isBlank(QChar c) { return c == u' ' || c == u'\t' || c == u'\0' || c == u'\a'; }

template <typename IsIgnored>
QStringView withoutTail(QStringView text, IsIgnored isIgnored)
{
    while (!text.isEmpty() && isIgnored(text.back()))
        text.chop(1);
    return text;
}

/// Of text without escapes and trailing blanks.
LoginPrompt loginPromptOf(QStringView plain)
{
    static constexpr std::array kUsername = {"username:"_L1, "login:"_L1, "user:"_L1, "user name:"_L1};
    static constexpr std::array kPassword = {"password:"_L1, "secret:"_L1};
    const auto ends = [plain](QLatin1StringView word) { return plain.endsWith(word, Qt::CaseInsensitive); };
    if (std::ranges::any_of(kPassword, ends))
        return LoginPrompt::Password;
    if (std::ranges::any_of(kUsername, ends) && !ends("last login:"_L1))
        return LoginPrompt::Username;
    return LoginPrompt::None;
}

} // namespace

QString withoutEscapes(QStringView text)
{
    QString plain;
    plain.reserve(text.size());
    for (qsizetype i = 0; i < text.size(); ++i) {
        if (text[i] != u'\x1b') {
            plain += text[i];
            continue;
        }
        if (++i >= text.size())
            break;
        if (text[i] == u'[') {
            while (++i < text.size() && !isFinal(text[i])) {
            }
        } else if (text[i] == u']') {
            while (++i < text.size() && text[i] != u'\a' && text[i] != u'\x1b') {
            }
            if (i < text.size() && text[i] == u'\x1b')
                ++i; // the backslash of ST
        } else if (text[i] == u'(' || text[i] == u')') {
            ++i; // a character set's name
        }
    }
    return plain;
}

bool endsInPrompt(QStringView output)
{
    const QString plain = withoutEscapes(output);
    const auto text = withoutTail(plain, [](QChar c) { return c.isSpace() || c.unicode() < 0x20; });
    return !text.isEmpty() && isPromptEnd(text.back());
}

LoginPrompt loginPromptAt(QStringView output)
{
    const QString plain = withoutEscapes(output);
    const QStringView memory = QStringView(plain).last(std::min(plain.size(), kLoginMemory));
    return loginPromptOf(withoutTail(memory, isBlank));
}

bool endsInPromptAfterLogin(QStringView output)
{
    const QString plain = withoutEscapes(output);
    const QStringView text = withoutTail(plain, isBlank);
    return !text.isEmpty() && isPromptEnd(text.back()) && loginPromptOf(text) == LoginPrompt::None;
}

} // namespace agent
