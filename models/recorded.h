// Tables that a run fills only where its scenario asks for them: a row for each small event.
#pragma once

#include <array>
#include <string_view>

namespace reshake {

enum class Recorded {
    requests,  ///< Each time that a client sends its request.
    tickets,   ///< Each ticket that a client's store gets.
    compute,   ///< Each piece of work on a machine's cores.
};
[[nodiscard]] constexpr auto names_of(Recorded) noexcept {
    return std::array<std::string_view, 3>{"requests", "tickets", "compute"};
}

}  // namespace reshake
