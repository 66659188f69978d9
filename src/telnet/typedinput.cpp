#include "telnet/typedinput.h"

namespace agent {

namespace {

/// The length of the report that `input` begins with; 0 when it begins with none.
qsizetype reportLength(QByteArrayView input)
{
    if (input.size() < 3 || input[0] != '\x1b')
        return 0;
    if (input[1] == ']' || input[1] == 'P') { // OSC and DCS, up to BEL or ST
        for (qsizetype i = 2; i < input.size(); ++i) {
            if (input[i] == '\a')
                return i + 1;
            if (input[i] == '\x1b')
                return i + 1 < input.size() && input[i + 1] == '\\' ? i + 2 : 0;
        }
        return 0;
    }
    if (input[1] != '[')
        return 0;
    qsizetype end = 2;
    while (end < input.size() && (input[end] < '@' || input[end] > '~'))
        ++end;
    if (end == input.size())
        return 0;
    const bool hasParameters = end > 2;
    const bool isFocus = !hasParameters && (input[end] == 'I' || input[end] == 'O');
    const bool isReport = hasParameters && QByteArrayView("Rcntyx").contains(input[end]);
    return isFocus || isReport ? end + 1 : 0;
}

} // namespace

bool isTyped(QByteArrayView input)
{
    while (!input.isEmpty()) {
        const qsizetype report = reportLength(input);
        if (report == 0)
            return true;
        input = input.sliced(report);
    }
    return false;
}

} // namespace agent
