// Any bytes as the words of a server: what a person is shown is text of bounded length, also in the message that
// carries it.

#include "core/foreigntext.h"
#include "core/jsondocument.h"
#include "terminal/terminalmessage.h"

#include <QList>

#include <cstdlib>

using namespace agent;

namespace {

void require(bool holds)
{
    if (!holds)
        std::abort();
}

void requirePlain(const QString &text)
{
    require(QStringView(text).isValidUtf16());
    for (const char32_t character : text.toUcs4())
        require(QChar::isPrint(character) && (character == U' ' || !QChar::isSpace(character)));
    require(!text.startsWith(u' ') && !text.endsWith(u' ') && !text.contains(QLatin1StringView("  ")));
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size)
{
    const QByteArray bytes(reinterpret_cast<const char *>(data), qsizetype(size));
    const qsizetype limit = size ? data[0] : 500;
    const QString text = foreignText(bytes, limit);
    require(text.size() <= limit);
    require(QStringView(text).isValidUtf16());
    const QString whole = foreignText(bytes, 1'000'000);
    requirePlain(whole);
    require(foreignText(whole, 1'000'000) == whole);
    if (whole.size() <= limit)
        require(text == whole);

    for (const QString &message :
         {errorMessage(QString::fromUtf8(bytes)), disconnectedMessage(QString::fromUtf8(bytes))}) {
        const auto document = JsonDocument::parse(message.toUtf8());
        require(document.ok());
        const JsonValue *words = memberOf(document->root(), "data");
        if (!words)
            words = memberOf(document->root(), "reason");
        require(words && words->IsString());
        const QString shown = QString::fromUtf8(words->GetString(), qsizetype(words->GetStringLength()));
        require(shown.size() <= 2000);
        requirePlain(shown.endsWith(QLatin1StringView("...")) ? shown.chopped(3).trimmed() : shown);
    }
    return 0;
}
