// Who sees packets as they leave machines and arrive there: for captures and traces.
//
// Without a tap nobody is asked and nothing is copied. A tap sees, and changes nothing.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "sim/net/network.h"

namespace reshake::net {

/// What is seen of a packet. It is sent once; what became of it is told by the others, in which its
/// sender's machine is named unless it was received.
enum class Sighting {
    sent,
    received,
    lost,         ///< On a lane.
    queue_full,   ///< At a lane.
    too_large,    ///< For a lane.
    gate_closed,  ///< In a partition.
    grey_failure,
    vanished,   ///< Nobody is there any more.
    corrupted,  ///< Received with a wrong checksum, and thrown away.
    nat,        ///< At a middlebox.
    firewall,
    black_hole,
};
[[nodiscard]] constexpr auto names_of(Sighting) noexcept {
    return std::array<std::string_view, 12>{
        "sent",         "received", "lost",      "queue_full", "too_large", "gate_closed",
        "grey_failure", "vanished", "corrupted", "nat",        "firewall",  "black_hole"};
}

/// Whose network device it is.
struct Vantage {
    MachineId machine{};
    PlaceId place{};               ///< The server, the service, or the client's population.
    std::uint64_t subscriber = 0;  ///< As in `Attachment`; 0: a server or a service.
};

class Tap {
public:
    virtual ~Tap() = default;
    /// `packet` begins with its IP header, has its checksums, and is gone after the call.
    virtual void on_packet(Sighting sighting, const Vantage& at,
                           std::span<const std::byte> packet) = 0;
};

}  // namespace reshake::net
