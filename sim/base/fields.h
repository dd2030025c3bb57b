// One description of a value type's fields, from which conversion, ranges, and schema are derived.
//
// A value declares `static constexpr auto fields()`, a `fields_of`; a record of the history does
// the same. Python's side of each value is written by hand for its reader, and a test proves that
// both sides have the same fields, defaults and ranges.
#pragma once

#include <array>
#include <cstddef>
#include <limits>
#include <string_view>
#include <type_traits>

namespace reshake {

/// Allowed values of a number. Durations are given in nanoseconds, rates in bits per second.
struct Bounds {
    double at_least = -std::numeric_limits<double>::infinity();
    double at_most = std::numeric_limits<double>::infinity();
    bool above = false;  ///< `at_least` itself is not allowed.

    bool operator==(const Bounds&) const = default;
    [[nodiscard]] constexpr bool contain(double x) const noexcept {
        return (above ? x > at_least : x >= at_least) && x <= at_most;
    }
};

namespace bounds {
inline constexpr Bounds any{};
inline constexpr Bounds probability{0.0, 1.0, false};
inline constexpr Bounds not_negative{.at_least = 0.0};
inline constexpr Bounds positive{.at_least = 0.0, .above = true};
}  // namespace bounds

enum class Presence { optional, required };

template <typename Owner, typename T>
struct Field {
    std::string_view name;
    T Owner::* member;
    Bounds bounds{};
    Presence presence = Presence::optional;
};

template <typename Owner, typename T>
[[nodiscard]] constexpr Field<Owner, T> field(std::string_view name, T Owner::* member,
                                              Bounds allowed = bounds::any) noexcept {
    return {name, member, allowed, Presence::optional};
}

/// A field without which the value means nothing, so that it has no default.
template <typename Owner, typename T>
[[nodiscard]] constexpr Field<Owner, T> required(std::string_view name, T Owner::* member,
                                                 Bounds allowed = bounds::any) noexcept {
    return {name, member, allowed, Presence::required};
}

/// All fields of a type, in the order of declaration; only all at once can they be had: what this
/// returns calls `use(field...)`, and returns what that does.
///
/// It is no std::tuple because nearly every source sees some hundred of these lists, and compilers
/// make a closure in a tenth of the time that a tuple takes them.
template <typename... Each>
[[nodiscard]] constexpr auto fields_of(Each... each) noexcept {
    return [=](auto&& use) -> decltype(auto) { return use(each...); };
}

template <typename T>
concept HasFields = requires { T::fields(); };

/// Calls `visit(field)` for each field of T, in the order of declaration.
template <HasFields T, typename Visitor>
constexpr void for_each_field(Visitor&& visit) {
    T::fields()([&](const auto&... each) { (visit(each), ...); });
}

/// A closed set spells its members once: `constexpr auto names_of(E)` returns them in order.
template <typename E>
concept ClosedSet = std::is_enum_v<E> && requires(E e) { names_of(e); };

template <ClosedSet E>
[[nodiscard]] constexpr std::string_view name_of(E value) noexcept {
    return names_of(E{})[static_cast<std::size_t>(value)];
}

}  // namespace reshake
