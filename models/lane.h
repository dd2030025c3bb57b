// One direction of an access link in motion: queue, serialisation, loss and delay of each packet.
//
// Nothing here runs on a timer: the lane is asked when a packet arrives at it, and says at once
// when the packet will leave and arrive. An idle lane costs nothing.
#pragma once

#include <cstdint>
#include <deque>
#include <variant>

#include "models/link.h"
#include "models/loss.h"
#include "sim/base/random.h"
#include "sim/base/time.h"

namespace reshake {

enum class Direction { uplink, downlink };

enum class PacketFate { delivered, queue_full, lost };

struct Passage {
    PacketFate fate = PacketFate::delivered;
    Instant arrives = never;  ///< At the far end of the lane; `never` unless delivered.
};

/// When a serial line of fixed rate has sent what it was given.
class RateLine {
public:
    explicit RateLine(std::optional<BitRate> rate) noexcept : rate_(rate) {}
    [[nodiscard]] Instant departure(Instant now, std::uint32_t bytes) noexcept;

private:
    std::optional<BitRate> rate_;
    Instant free_at_ = run_start;
};

/// When a recorded cellular channel has delivered what it was given.
class TraceLine {
public:
    /// `trace` must outlive the line. `shift` is where in the recording virtual time zero lies.
    TraceLine(const DeliveryTrace& trace, std::chrono::milliseconds shift) noexcept;
    [[nodiscard]] Instant departure(Instant now, std::uint32_t bytes) noexcept;

private:
    [[nodiscard]] Instant time_of(std::uint64_t opportunity) const noexcept;
    [[nodiscard]] std::uint64_t first_at_or_after(Instant now) const noexcept;

    const DeliveryTrace* trace_;
    std::uint64_t shift_ms_;
    std::uint64_t opportunity_ = 0;  ///< Counted over all rounds of the recording.
    std::uint32_t room_;             ///< Bytes that the current opportunity can still deliver.
};

class Lane {
public:
    /// `access` must outlive the lane.
    Lane(const Access& access, Direction direction, const Random& random);

    /// Sends a packet of `bytes` (IP size) into the lane. `now` must not run backwards.
    [[nodiscard]] Passage pass(Instant now, std::uint32_t bytes);

private:
    Duration delay_;
    std::uint32_t queue_packets_;
    std::variant<RateLine, TraceLine> line_;
    LossProcess loss_;
    std::deque<Instant> departures_;  ///< Of packets still queued or on the line.
};

}  // namespace reshake
