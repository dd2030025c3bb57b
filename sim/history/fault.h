// The record of a fault: what went wrong, where, from when to when.
//
// Shape: one row per fault that began within the run.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>
#include <tuple>

#include "sim/base/fields.h"
#include "sim/base/time.h"

namespace reshake::history {

enum class FaultKind { partition, restart, deploy, drain, clock_skew };
[[nodiscard]] constexpr auto names_of(FaultKind) noexcept {
    return std::array<std::string_view, 5>{"partition", "restart", "deploy", "drain", "clock_skew"};
}

struct Fault {
    static constexpr std::string_view table_name = "faults";

    std::uint32_t fault = 0;  ///< Index into Scenario.faults.
    FaultKind kind = FaultKind::partition;
    Duration began{};    ///< Since the start of the run.
    Duration ended{-1};  ///< -1: still on when the run ended.

    static constexpr auto fields() {
        return std::tuple{field("fault", &Fault::fault), field("kind", &Fault::kind),
                          field("began", &Fault::began), field("ended", &Fault::ended)};
    }
};

}  // namespace reshake::history
