#pragma once

#include <QByteArrayView>

#include <optional>

namespace agent {

/// HTTP request methods (RFC 9110 section 9) that a route can have. HEAD is answered wherever GET is.
enum class Method { Get, Head, Post, Put, Delete, Patch, Options };

[[nodiscard]] QByteArrayView methodName(Method method);
/// Case-sensitive, as RFC 9110 asks. Empty for any other word.
[[nodiscard]] std::optional<Method> parseMethod(QByteArrayView word);

} // namespace agent
