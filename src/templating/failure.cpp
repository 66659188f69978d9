#include "templating/failure.h"

using namespace Qt::StringLiterals;

namespace agent::templating {

void fail(Failure::Kind kind, const QString &detail) { throw Failure{.kind = kind, .detail = detail}; }

void invalid(const QString &detail) { fail(Failure::Kind::Invalid, detail); }

void exceeded(const QString &detail) { fail(Failure::Kind::Limit, detail); }

QString inWords(Failure::Kind kind)
{
    switch (kind) {
    case Failure::Kind::Syntax:
        return u"syntax error"_s;
    case Failure::Kind::Undefined:
        return u"undefined value"_s;
    case Failure::Kind::Invalid:
        return u"invalid operation"_s;
    case Failure::Kind::UnknownFilter:
        return u"unknown filter"_s;
    case Failure::Kind::UnknownTest:
        return u"unknown test"_s;
    case Failure::Kind::UnknownFunction:
        return u"unknown function"_s;
    case Failure::Kind::UnknownMethod:
        return u"unknown method"_s;
    case Failure::Kind::Missing:
        return u"template not found"_s;
    case Failure::Kind::Limit:
        return u"limit exceeded"_s;
    case Failure::Kind::Cancelled:
        return u"cancelled"_s;
    }
    return {};
}

} // namespace agent::templating
