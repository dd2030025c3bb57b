// One direction of what lies between a client and the network.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "models/packet_counts.h"
#include "sim/base/time.h"

namespace reshake {

enum class Direction { uplink, downlink };
[[nodiscard]] constexpr auto names_of(Direction) noexcept {
    return std::array<std::string_view, 2>{"up", "down"};
}

struct Passage {
    PacketFate fate = PacketFate::delivered;
    Instant arrives = never;  ///< At the far end of the way; `never` unless delivered.
    bool corrupted = false;   ///< It arrives, but not as it was sent.
    bool duplicated = false;  ///< It arrives once more, right behind itself.
};

class Lane;

/// A medium that takes packets and says later what has become of each; see `CarrierReports`.
class Carrier {
public:
    virtual ~Carrier() = default;
    /// `token` stands for a packet of `bytes` (IP size). The report may come within the call.
    virtual void carry(std::uint64_t token, std::uint32_t bytes) = 0;
};

/// Who is told what has become of what a carrier took: once for each token.
class CarrierReports {
public:
    virtual ~CarrierReports() = default;
    virtual void came_through(std::uint64_t token) = 0;
    virtual void lost(std::uint64_t token, PacketFate fate) = 0;
};

/// Nothing here runs on a timer: the way is asked when a packet arrives at it.
class Way {
public:
    virtual ~Way() = default;

    /// Sends a packet of `bytes` (IP size). `now` must not run backwards.
    [[nodiscard]] virtual Passage pass(Instant now, std::uint32_t bytes) = 0;
    /// An attempt begins; see `DropPackets`.
    virtual void begin_attempt() noexcept = 0;
    [[nodiscard]] virtual std::uint32_t mtu() const noexcept = 0;
    /// The lane whose active queue takes its packets, in the place of `pass`; null: none.
    [[nodiscard]] virtual Lane* managed() noexcept { return nullptr; }
    /// What carries its packets in the place of `pass`; null: nothing.
    [[nodiscard]] virtual Carrier* carrier() noexcept { return nullptr; }
};

}  // namespace reshake
