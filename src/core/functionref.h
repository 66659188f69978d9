#pragma once

#include <concepts>
#include <memory>
#include <type_traits>
#include <utility>

namespace agent {

template <typename Signature>
class FunctionRef;

/// A callable that somebody else keeps alive, as a parameter: what std::function_ref is in C++26. A function that calls
/// back while it runs takes one, so that it exists once and not once for every lambda.
template <typename R, typename... Args>
class FunctionRef<R(Args...)>
{
public:
    template <typename F>
        requires(!std::same_as<std::remove_cvref_t<F>, FunctionRef> && std::is_invocable_r_v<R, F &, Args...>)
    FunctionRef(F &&function)
        : m_function(const_cast<void *>(static_cast<const void *>(std::addressof(function))))
        , m_call([](void *callee, Args... args) -> R {
            auto &function = *static_cast<std::remove_reference_t<F> *>(callee);
            if constexpr (std::is_void_v<R>)
                function(std::forward<Args>(args)...);
            else
                return function(std::forward<Args>(args)...);
        })
    {
    }

    R operator()(Args... args) const { return m_call(m_function, std::forward<Args>(args)...); }

private:
    void *m_function;
    R (*m_call)(void *, Args...);
};

} // namespace agent
