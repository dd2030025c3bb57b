// Probes by which a balancer learns that a server is down, and that it is up again.
//
// Nothing runs on a timer: what the probes find follows from when the server went down and came up,
// and is worked out then. A server that stays up costs nothing.
//
// Source: HAProxy's `inter`, `timeout check`, `fall` and `rise`, whose defaults these are.
#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <string_view>

#include "sim/base/fields.h"
#include "sim/base/time.h"

namespace reshake {

/// The balancer of each site opens a TCP connection to each of its servers at regular intervals.
///
/// Invariant: `timeout` <= `interval`; `validate` sees to it.
struct HealthCheck {
    static constexpr std::string_view type_name = "HealthCheck";

    Duration interval = std::chrono::seconds(2);
    Duration timeout = std::chrono::seconds(2);  ///< Where neither a SYN-ACK nor a RST comes back.
    std::uint32_t unhealthy_threshold = 3;       ///< Failures in a row that eject a server.
    std::uint32_t healthy_threshold = 2;         ///< Successes in a row that take it in again.

    bool operator==(const HealthCheck&) const = default;
    static constexpr auto fields() {
        constexpr Bounds pace{.at_least = 1e6, .at_most = 3600e9};
        constexpr Bounds count{.at_least = 1.0, .at_most = 1000.0};
        return fields_of(field("interval", &HealthCheck::interval, pace),
                         field("timeout", &HealthCheck::timeout, pace),
                         field("unhealthy_threshold", &HealthCheck::unhealthy_threshold, count),
                         field("healthy_threshold", &HealthCheck::healthy_threshold, count));
    }
};

/// What a probe meets.
enum class ProbeAnswer { accepted, refused, none };

/// What a balancer takes one server for. At the start of the run it is healthy, and up.
class Health {
public:
    /// `phase`: when the first probe leaves; below `check.interval`.
    Health(const HealthCheck& check, Duration phase) noexcept : check_(check), phase_(phase) {}

    /// Probes that leave after `now` meet this.
    void change(ProbeAnswer answer, Instant now);
    /// Neither this nor `change` may run backwards.
    [[nodiscard]] bool healthy(Instant now);

private:
    /// How many probes have left up to and including `now`.
    [[nodiscard]] std::int64_t probes_until(Instant now) const noexcept;
    [[nodiscard]] std::uint32_t threshold() const noexcept {
        return healthy_ ? check_.unhealthy_threshold : check_.healthy_threshold;
    }
    [[nodiscard]] bool contrary() const noexcept {
        return (answer_ == ProbeAnswer::accepted) != healthy_;
    }

    HealthCheck check_;
    Duration phase_;
    ProbeAnswer answer_ = ProbeAnswer::accepted;
    std::int64_t counted_ = 0;   ///< Probes up to the last change.
    std::uint32_t streak_ = 0;   ///< Probes in a row, up to then, that speak against `healthy_`.
    bool healthy_ = true;        ///< By the probes up to then.
    bool shown_ = true;          ///< By the probes whose results are in.
    std::deque<Instant> turns_;  ///< When `shown_` turns; the last may still be taken back.
    bool foreseen_ = false;      ///< Whether it is of that kind.
};

}  // namespace reshake
