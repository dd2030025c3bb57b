// One direction of an access link in motion: queue, serialisation, loss and delay of each packet.
//
// Nothing here runs on a timer: a lane is asked when a packet arrives at it, and says at once when
// the packet will leave and arrive. Where a queue decides only when the line is free (CoDel), its
// owner puts packets into the queue and comes back then. An idle lane costs nothing.
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string_view>
#include <variant>

#include "models/active_queue.h"
#include "models/link.h"
#include "models/loss.h"
#include "models/way.h"
#include "sim/base/random.h"
#include "sim/base/time.h"

namespace reshake {

/// What a link says of one direction.
struct LaneSettings {
    Duration delay{};
    std::uint32_t queue_packets = 0;
    std::optional<std::uint32_t> queue_bytes{};  ///< In the place of packets.
    Queue queue{};
    Loss loss{};
    std::optional<Jitter> jitter{};
    double duplication = 0.0;
    double corruption = 0.0;
    std::uint32_t mtu = 1500;
};
[[nodiscard]] LaneSettings settings_of(const Link& link, Direction direction);
[[nodiscard]] LaneSettings settings_of(const TraceLink& link, Direction direction);
[[nodiscard]] LaneSettings settings_of(const Access& access, Direction direction);

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

class Lane final : public Way {
public:
    /// The link must outlive the lane.
    Lane(const Link& link, Direction direction, const Random& random);
    Lane(const TraceLink& link, Direction direction, const Random& random);
    Lane(const Access& access, Direction direction, const Random& random);

    /// Sends a packet of `bytes` (IP size) into a lane without an active queue. `now` must not run
    /// backwards.
    [[nodiscard]] Passage pass(Instant now, std::uint32_t bytes) override;
    void begin_attempt() noexcept override { loss_.restart_count(); }
    [[nodiscard]] std::uint32_t mtu() const noexcept override { return mtu_; }

    [[nodiscard]] Lane* managed() noexcept override { return active_ ? this : nullptr; }
    /// Of a managed lane.
    [[nodiscard]] ActiveQueue& active_queue() noexcept { return *active_; }
    /// When the line has sent what it was given.
    [[nodiscard]] Instant free_at() const noexcept { return free_at_; }
    /// Puts a packet on the line, which is free.
    [[nodiscard]] Passage send(Instant now, std::uint32_t bytes);

private:
    struct Queued {
        Instant departs{};
        std::uint32_t bytes = 0;
    };

    Lane(const LaneSettings& settings, std::variant<RateLine, TraceLine> line,
         const Random& random);
    [[nodiscard]] bool has_room_for(std::uint32_t bytes) const noexcept;

    Duration delay_;
    std::uint32_t mtu_;
    std::uint32_t queue_packets_;
    std::optional<std::uint32_t> queue_bytes_;
    std::unique_ptr<ActiveQueue> active_;
    std::variant<RateLine, TraceLine> line_;
    Instant free_at_ = run_start;
    LossProcess loss_;
    JitterProcess jitter_;
    double duplication_;
    double corruption_;
    Random faults_;                  ///< Draws duplication and corruption.
    std::deque<Queued> departures_;  ///< Of packets still queued or on the line.
    std::uint64_t queued_bytes_ = 0;
    Instant last_arrival_ = run_start;
};

}  // namespace reshake
