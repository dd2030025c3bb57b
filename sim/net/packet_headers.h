// What a middlebox reads and writes in a packet's headers (RFC 791, RFC 8200, RFC 9293, RFC 768).
#pragma once

#include <cstdint>
#include <optional>

#include <ns3/packet.h>
#include <ns3/ptr.h>

#include "models/middleboxes.h"
#include "models/way.h"

namespace reshake::net {

/// `direction`: from or to the client whose box reads it. None: neither TCP nor UDP.
[[nodiscard]] std::optional<Segment> read_segment(const ns3::Packet& packet, Direction direction);

/// The same packet from or to another port of the client.
[[nodiscard]] ns3::Ptr<ns3::Packet> with_client_port(const ns3::Packet& packet, Direction direction,
                                                     std::uint16_t port);

/// A RST as `reset` says it, between the ends of a packet that travels in `direction`.
[[nodiscard]] ns3::Ptr<ns3::Packet> make_reset(const ns3::Packet& packet, Direction direction,
                                               const Middleboxes::Reset& reset);

/// Equal for the packets of one connection in one direction.
[[nodiscard]] std::uint32_t flow_hash(const ns3::Packet& packet);

}  // namespace reshake::net
