// What becomes of something that a server's process holds when a new one takes its place.
#pragma once

#include <array>
#include <string_view>

namespace reshake {

enum class Fate { lost, kept };

[[nodiscard]] constexpr auto names_of(Fate) noexcept {
    return std::array<std::string_view, 2>{"lost", "kept"};
}

}  // namespace reshake
