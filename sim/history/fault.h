// The record of a fault: what went wrong, where, from when to when.
//
// Shape: one row per fault that began within the run.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "sim/base/fields.h"
#include "sim/base/time.h"

namespace reshake::history {

/// In the order of the alternatives of reshake::Fault.
enum class FaultKind {
    partition,
    restart,
    deploy,
    drain,
    clock_skew,
    grey_failure,
    crash,
    freeze,
    overload,
    cache_loss,
    key_wipe,
    key_desync,
    key_corruption,
    certificate_expiry,
    certificate_replacement,
    revocation,
    policy_flip,
    staged_rollout,
};
[[nodiscard]] constexpr auto names_of(FaultKind) noexcept {
    return std::array<std::string_view, 18>{"partition",
                                            "restart",
                                            "deploy",
                                            "drain",
                                            "clock_skew",
                                            "grey_failure",
                                            "crash",
                                            "freeze",
                                            "overload",
                                            "cache_loss",
                                            "key_wipe",
                                            "key_desync",
                                            "key_corruption",
                                            "certificate_expiry",
                                            "certificate_replacement",
                                            "revocation",
                                            "policy_flip",
                                            "staged_rollout"};
}

struct Fault {
    static constexpr std::string_view table_name = "faults";

    std::uint32_t fault = 0;  ///< Index into the faults of the run (reshake::faults_of).
    FaultKind kind = FaultKind::partition;
    Duration began{};    ///< Since the start of the run.
    Duration ended{-1};  ///< -1: still on when the run ended.

    static constexpr auto fields() {
        return fields_of(field("fault", &Fault::fault), field("kind", &Fault::kind),
                         field("began", &Fault::began), field("ended", &Fault::ended));
    }
};

}  // namespace reshake::history
