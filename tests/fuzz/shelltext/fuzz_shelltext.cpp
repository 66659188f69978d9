// Any bytes as a device's output: where they are cut makes no difference, and what is seen lies in the line.

#include "exec/promptdetector.h"
#include "exec/terminaltext.h"

#include <cstdlib>

using namespace agent;

namespace {

using Kind = PromptDetector::Sighting::Kind;

void require(bool holds)
{
    if (!holds)
        std::abort();
}

/// Answers pagers at line ends only, so that the same is done wherever the bytes are cut.
void feedLine(TerminalText &text, PromptDetector &detector, const QByteArray &line, qsizetype cut)
{
    text.feed(line.first(cut));
    text.feed(line.sliced(cut));
    const QStringView open = text.openLine();
    const auto sighting = detector.judge(open);
    require(sighting.kind != Kind::Prompt || !open.trimmed().isEmpty());
    require(sighting.markerStart >= 0 && sighting.markerStart <= open.size());
    if (sighting.kind == Kind::Pager)
        text.dropMarker(sighting.markerStart);
    if (sighting.kind == Kind::Prompt) {
        detector.learn(open);
        require(detector.judge(open).kind != Kind::Nothing);
    }
}

QString read(QByteArrayView bytes, int divisor)
{
    TerminalText text(20);
    PromptDetector detector;
    while (!bytes.isEmpty()) {
        const qsizetype at = bytes.indexOf('\r');
        const QByteArray line = (at < 0 ? bytes : bytes.first(at + 1)).toByteArray();
        feedLine(text, detector, line, line.size() / divisor);
        bytes = bytes.sliced(line.size());
    }
    require(text.lines().size() + text.openLine().size() == text.text().size());
    require(text.lines().isEmpty() || text.lines().back() == u'\n');
    require(!text.openLine().contains(u'\n') && !text.text().contains(u'\x1b'));
    return text.text().toString();
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size)
{
    const QByteArrayView bytes(reinterpret_cast<const char *>(data), qsizetype(size));
    const QString whole = read(bytes, 1);
    require(read(bytes, 2) == whole);
    require(read(bytes, 3) == whole);
    return 0;
}
