// How values are written for people: "45ms", "12Mbps", "0 to 1", "above 0s".
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <type_traits>
#include <variant>
#include <vector>

#include "sim/base/fields.h"
#include "sim/base/time.h"
#include "sim/base/units.h"

namespace reshake {

template <typename T>
inline constexpr bool is_optional = false;
template <typename T>
inline constexpr bool is_optional<std::optional<T>> = true;

template <typename T>
inline constexpr bool is_variant = false;
template <typename... T>
inline constexpr bool is_variant<std::variant<T...>> = true;

template <typename T>
inline constexpr bool is_vector = false;
template <typename T>
inline constexpr bool is_vector<std::vector<T>> = true;

/// The largest unit that leaves no fraction, joined: "1d12h", "45ms".
[[nodiscard]] std::string describe(Duration duration);
[[nodiscard]] std::string describe(BitRate rate);
[[nodiscard]] std::string describe(double number);
[[nodiscard]] std::string describe(std::uint32_t number);

/// The allowed values of a field of type T in words.
template <typename T>
[[nodiscard]] std::string describe(const Bounds& allowed) {
    const auto in_unit = [](double bound) {
        if constexpr (std::is_same_v<T, Duration>) {
            return describe(Duration{static_cast<std::int64_t>(bound)});
        } else if constexpr (std::is_same_v<T, BitRate>) {
            return describe(BitRate{static_cast<std::int64_t>(bound)});
        } else {
            return describe(bound);
        }
    };
    const bool below_is_open = allowed.at_least == bounds::any.at_least;
    const bool above_is_open = allowed.at_most == bounds::any.at_most;
    if (below_is_open && above_is_open) return "any number";
    if (below_is_open) return "at most " + in_unit(allowed.at_most);
    const std::string least = in_unit(allowed.at_least);
    if (above_is_open) return (allowed.above ? "above " : "at least ") + least;
    const std::string most = in_unit(allowed.at_most);
    return allowed.above ? "above " + least + " and at most " + most : least + " to " + most;
}

}  // namespace reshake
