// What crosses a radio model in the place of an IP packet: as long as it, and numbered.
//
// The models see sizes and addresses of their own, never a machine's: a machine has another address
// at each visit, a station keeps its own. An IPv4 header stands in front because an EPC looks up
// whom a packet is for, whatever version of IP it stands for.
#pragma once

#include <cstdint>
#include <optional>

#include <ns3/ipv4-address.h>
#include <ns3/packet.h>

namespace reshake::net {

struct Envelope {
    std::uint64_t token = 0;
    std::uint32_t bytes = 0;  ///< At least 28, as any UDP datagram and any TCP segment has.
};

[[nodiscard]] ns3::Ptr<ns3::Packet> make_packet(const Envelope& envelope, ns3::Ipv4Address source,
                                                ns3::Ipv4Address destination);

/// The token in a packet that begins with an envelope, behind `skipped` bytes of other headers;
/// nothing if it is too short for one.
[[nodiscard]] std::optional<std::uint64_t> token_of(const ns3::Packet& packet,
                                                    std::uint32_t skipped = 0);

}  // namespace reshake::net
