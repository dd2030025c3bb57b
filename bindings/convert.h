// Values from Python: any struct with `fields()` from any object with attributes of those names.
//
// Python's constructors have checked types and ranges already, so what does not fit here is an
// error of ours and surfaces as pybind11's cast error with the field's name.
#pragma once

#include <pybind11/pybind11.h>

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <type_traits>
#include <variant>
#include <vector>

#include "models/cost_table.h"
#include "models/describe.h"
#include "sim/base/fields.h"
#include "sim/base/time.h"
#include "sim/base/units.h"

namespace reshake::bindings {

namespace py = pybind11;

/// A recorded file's content rides along with its value, under attributes of its own.
template <typename T>
concept HasContent = requires { T::content(); };

template <typename T>
T from_python(const py::handle& object);

namespace detail {

template <typename T>
inline constexpr bool is_array = false;
template <typename T, std::size_t size>
inline constexpr bool is_array<std::array<T, size>> = true;

template <typename Alternative>
[[nodiscard]] bool is_named(const py::handle& object) {
    if constexpr (std::is_same_v<Alternative, std::monostate>) {
        return object.is_none();
    } else {
        const auto name = py::cast<std::string>(py::type::of(object).attr("__name__"));
        return name == Alternative::type_name;
    }
}

template <typename... Alternatives>
std::variant<Alternatives...> one_of(const py::handle& object,
                                     std::type_identity<std::variant<Alternatives...>>) {
    std::optional<std::variant<Alternatives...>> held;
    const auto attempt = [&]<typename Alternative>(std::type_identity<Alternative>) {
        if (held || !is_named<Alternative>(object)) return;
        if constexpr (std::is_same_v<Alternative, std::monostate>) {
            held = std::variant<Alternatives...>(Alternative{});
        } else {
            held = std::variant<Alternatives...>(from_python<Alternative>(object));
        }
    };
    (attempt(std::type_identity<Alternatives>{}), ...);
    if (!held) {
        throw py::type_error("no alternative is named " +
                             py::cast<std::string>(py::str(py::type::of(object))));
    }
    return *std::move(held);
}

template <ClosedSet E>
E member_named(const std::string& name) {
    const auto names = names_of(E{});
    for (std::size_t i = 0; i < names.size(); ++i) {
        if (names[i] == name) return static_cast<E>(i);
    }
    throw py::value_error("no member is named " + name);
}

}  // namespace detail

template <typename T>
T from_python(const py::handle& object) {
    if constexpr (std::is_same_v<T, Duration>) {
        // A bare integer is a time within a recording, which Python keeps as plain numbers.
        return Duration{py::isinstance<py::int_>(object)
                            ? py::cast<std::int64_t>(object)
                            : py::cast<std::int64_t>(object.attr("nanoseconds"))};
    } else if constexpr (std::is_same_v<T, BitRate>) {
        return BitRate{py::cast<std::int64_t>(object.attr("bits_per_second"))};
    } else if constexpr (std::is_same_v<T, CostTable>) {
        return CostTable(from_python<std::vector<CostLine>>(object));
    } else if constexpr (ClosedSet<T>) {
        return detail::member_named<T>(py::cast<std::string>(object));
    } else if constexpr (HasFields<T>) {
        T value{};
        const auto read = [&](const auto& each) {
            using Member = std::remove_cvref_t<decltype(value.*each.member)>;
            const std::string name(each.name);
            try {
                value.*each.member = from_python<Member>(object.attr(name.c_str()));
            } catch (const py::cast_error& error) {
                throw py::type_error(std::string(T::type_name) + "." + name + ": " + error.what());
            }
        };
        for_each_field<T>(read);
        if constexpr (HasContent<T>) {
            T::content()([&](const auto&... each) { (read(each), ...); });
        }
        return value;
    } else if constexpr (is_optional<T>) {
        if (object.is_none()) return std::nullopt;
        return from_python<typename T::value_type>(object);
    } else if constexpr (is_variant<T>) {
        return detail::one_of(object, std::type_identity<T>{});
    } else if constexpr (is_vector<T>) {
        T values;
        values.reserve(py::len(object));
        for (const auto& each : object) values.push_back(from_python<typename T::value_type>(each));
        return values;
    } else if constexpr (detail::is_array<T>) {
        T values;
        const auto sequence = py::reinterpret_borrow<py::sequence>(object);
        for (std::size_t i = 0; i < values.size(); ++i) {
            values[i] = from_python<typename T::value_type>(sequence[i]);
        }
        return values;
    } else {
        return py::cast<T>(object);
    }
}

}  // namespace reshake::bindings
