#include "net/method.h"

namespace agent {

namespace {

struct Word
{
    Method method;
    QByteArrayView name;
};

constexpr Word kWords[] = {
    {Method::Get, "GET"},       {Method::Head, "HEAD"},   {Method::Post, "POST"},       {Method::Put, "PUT"},
    {Method::Delete, "DELETE"}, {Method::Patch, "PATCH"}, {Method::Options, "OPTIONS"},
};

} // namespace

QByteArrayView methodName(Method method)
{
    for (const auto &[known, name] : kWords) {
        if (known == method)
            return name;
    }
    Q_UNREACHABLE_RETURN({});
}

std::optional<Method> parseMethod(QByteArrayView word)
{
    for (const auto &[method, name] : kWords) {
        if (name == word)
            return method;
    }
    return std::nullopt;
}

} // namespace agent
