#pragma once

#include <concepts>
#include <memory>
#include <type_traits>
#include <utility>

namespace agent {

template <typename Signature>
class MoveOnlyFunction;

/// A callable that is called without its type being known, and may own what cannot be copied, such as a Secret: what
/// std::move_only_function is in C++23. What passes work to another thread takes one, so that its machinery exists once
/// and not once for every lambda of the program.
template <typename R, typename... Args>
class MoveOnlyFunction<R(Args...)>
{
public:
    template <typename F>
        requires(!std::same_as<std::remove_cvref_t<F>, MoveOnlyFunction> && std::is_invocable_r_v<R, F &, Args...>)
    MoveOnlyFunction(F function)
        : m_body(std::make_unique<Body<F>>(std::move(function)))
    {
    }

    R operator()(Args... args) { return m_body->call(std::forward<Args>(args)...); }

private:
    struct Base
    {
        virtual ~Base() = default;
        virtual R call(Args... args) = 0;
    };

    template <typename F>
    struct Body final : Base
    {
        explicit Body(F &&f)
            : function(std::move(f))
        {
        }
        R call(Args... args) override
        {
            if constexpr (std::is_void_v<R>)
                function(std::forward<Args>(args)...);
            else
                return function(std::forward<Args>(args)...);
        }

        F function;
    };

    std::unique_ptr<Base> m_body;
};

} // namespace agent
