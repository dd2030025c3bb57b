// A partition or a grey failure in motion, in one direction.
//
// Nothing here runs on a timer: a gate is asked when a packet passes. One that flaps costs no more
// than one that does not.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <unordered_map>

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
    /// Of a packet that sets out at `now`, which must not run backwards, and comes here at
    /// `arrives`. Where packets do not overtake each other, those of one `flow` do not.
    [[nodiscard]] Toll pass(Instant now, Instant arrives, std::uint64_t flow);

private:
    [[nodiscard]] bool on(Instant now) const noexcept;
    void forget_who_has_left(Instant now);

    bool shuts_;
    Instant start_;
    std::optional<Flapping> flapping_;
    double loss_ = 0.0;
    Duration delay_{};
    Random losses_;
    bool keeps_order_ = false;
    JitterProcess jitter_;
    /// Where order is kept: when the last packet of a flow leaves. What lies before now makes
    /// nobody wait, and is forgotten when there is much of it.
    std::unordered_map<std::uint64_t, Instant> last_left_;
    std::size_t many_ = 64;
};

}  // namespace reshake
