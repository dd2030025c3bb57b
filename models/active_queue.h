// CoDel and FQ-CoDel in motion.
//
// Nothing here runs on a timer: a queue is asked when a packet comes and when the line is free.
// What CoDel drops it drops then, so an empty queue costs nothing.
//
// Source: RFC 8289 section 5 (its pseudocode), RFC 8290 section 4.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <vector>

#include "models/queue.h"
#include "sim/base/time.h"

namespace reshake {

struct QueuedPacket {
    std::uint64_t token = 0;  ///< Its owner's name for it.
    std::uint32_t bytes = 0;
    std::uint32_t flow = 0;  ///< Hash of its connection.
    Instant enqueued = run_start;
};

/// Tokens of packets that a queue has dropped.
using Dropped = std::vector<std::uint64_t>;

/// A first-in first-out queue under CoDel.
class CoDelQueue {
public:
    /// A queue of at most `max_packet` bytes is never too long.
    CoDelQueue(Duration target, Duration interval, std::uint32_t max_packet) noexcept
        : target_(target), interval_(interval), max_packet_(max_packet) {}

    void push(const QueuedPacket& packet);
    /// The next packet to send, if there is any left; those before it that are dropped are added to
    /// `dropped`.
    [[nodiscard]] std::optional<QueuedPacket> pop(Instant now, Dropped& dropped);
    /// Takes the oldest away without a look at the time.
    QueuedPacket pop_front();

    [[nodiscard]] bool empty() const noexcept { return packets_.empty(); }
    [[nodiscard]] std::size_t size() const noexcept { return packets_.size(); }
    [[nodiscard]] std::uint64_t bytes() const noexcept { return bytes_; }

private:
    /// The pseudocode's dodequeue: the next packet, and whether it has waited for too long.
    [[nodiscard]] std::optional<QueuedPacket> take(Instant now, bool& too_long);
    [[nodiscard]] Instant control_law(Instant from) const noexcept;

    Duration target_;
    Duration interval_;
    std::uint32_t max_packet_;
    std::deque<QueuedPacket> packets_;
    std::uint64_t bytes_ = 0;
    std::optional<Instant> first_above_;  ///< When the wait will have been too long.
    bool dropping_ = false;
    Instant drop_next_ = run_start;
    std::uint32_t count_ = 0;  ///< Drops since the state was entered.
    std::uint32_t last_count_ = 0;
};

/// Its flows' queues, served by deficit round robin.
class FqCoDelQueue {
public:
    FqCoDelQueue(const FqCoDel& settings, std::uint32_t max_packet);
    FqCoDelQueue(const FqCoDelQueue&) = delete;  // Its lists point into it.
    FqCoDelQueue& operator=(const FqCoDelQueue&) = delete;
    FqCoDelQueue(FqCoDelQueue&&) = default;
    FqCoDelQueue& operator=(FqCoDelQueue&&) = default;

    void push(const QueuedPacket& packet);
    [[nodiscard]] std::optional<QueuedPacket> pop(Instant now, Dropped& dropped);
    /// Half of the packets of the fattest flow, 64 at most, from its head.
    void shed(Dropped& dropped);

    [[nodiscard]] std::size_t size() const noexcept { return size_; }
    [[nodiscard]] std::uint64_t bytes() const noexcept { return bytes_; }

private:
    struct Flow {
        std::uint32_t bucket = 0;
        CoDelQueue queue;
        std::int64_t credits = 0;
        bool waits = false;  ///< In one of the lists.
    };
    [[nodiscard]] Flow& flow_of(std::uint32_t hash);

    FqCoDel settings_;
    std::uint32_t max_packet_;
    std::deque<Flow> flows_;  ///< Those that were ever needed: few of a client's many.
    std::deque<Flow*> new_;
    std::deque<Flow*> old_;
    std::size_t size_ = 0;
    std::uint64_t bytes_ = 0;
};

/// Either of them, with a limit.
class ActiveQueue {
public:
    struct Limit {
        std::uint32_t packets = 0;
        std::optional<std::uint32_t> bytes{};  ///< In the place of packets.
    };
    /// `settings` must not be drop-tail.
    ActiveQueue(const Queue& settings, const Limit& limit, std::uint32_t max_packet);

    /// What has no room is added to `dropped`: the packet itself, or others for it.
    void push(Instant now, QueuedPacket packet, Dropped& dropped);
    [[nodiscard]] std::optional<QueuedPacket> pop(Instant now, Dropped& dropped);
    [[nodiscard]] bool empty() const noexcept { return size() == 0; }

private:
    [[nodiscard]] std::size_t size() const noexcept;
    [[nodiscard]] bool overfull() const noexcept;

    Limit limit_;
    std::variant<CoDelQueue, FqCoDelQueue> queue_;
};

}  // namespace reshake
