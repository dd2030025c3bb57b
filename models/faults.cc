#include "models/faults.h"

#include <type_traits>
#include <variant>

namespace reshake {

std::optional<Duration> lasting(const Fault& fault, const Fleet& fleet) noexcept {
    return std::visit(
        [&](const auto& each) -> std::optional<Duration> {
            using Kind = std::remove_cvref_t<decltype(each)>;
            if constexpr (std::is_same_v<Kind, Deploy>) {
                return lasting(each, fleet);
            } else if constexpr (std::is_same_v<Kind, Drain>) {
                return each.grace + each.lasts;
            } else if constexpr (std::is_same_v<Kind, StagedRollout>) {
                return std::nullopt;
            } else if constexpr (requires { each.lasts; }) {
                return each.lasts;
            } else {
                return Duration::zero();
            }
        },
        fault);
}

}  // namespace reshake
