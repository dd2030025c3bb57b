// A partition or a grey failure in motion, in one direction.
//
// Nothing here runs on a timer: a gate is asked when a packet passes. One that flaps costs no more
// than one that does not.
#pragma once

#include <optional>

#include "models/jitter.h"
#include "models/partition.h"
#include "sim/base/random.h"
#include "sim/base/time.h"

namespace reshake {

class Gate {
public:
    /// `random` is this direction's own. A partition draws nothing.
    Gate(const Partition& fault, const Random& random);
    Gate(const GreyFailure& fault, const Random& random);

    /// Nothing passes at `now`.
    [[nodiscard]] bool closed(Instant now) const noexcept { return shuts_ && on(now); }
    /// Nothing passes as long as the fault lasts.
    [[nodiscard]] bool always_closed() const noexcept { return shuts_ && !flapping_; }

    struct Toll {
        bool lost = false;
        Duration delay{};
    };
    /// Of a packet that passes at `now`, which must not run backwards.
    [[nodiscard]] Toll pass(Instant now);

private:
    [[nodiscard]] bool on(Instant now) const noexcept;

    bool shuts_;
    Instant start_;
    std::optional<Flapping> flapping_;
    double loss_ = 0.0;
    Duration delay_{};
    Random losses_;
    JitterProcess jitter_;
    Instant last_left_ = run_start;  ///< The packet before, where none overtakes another.
};

}  // namespace reshake
