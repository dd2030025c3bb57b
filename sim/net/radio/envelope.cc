#include "sim/net/radio/envelope.h"

#include <array>
#include <bit>
#include <cstring>

#include <ns3/ipv4-header.h>

#include "sim/base/check.h"

namespace reshake::net {
namespace {

constexpr std::uint32_t header_bytes = 20;  // RFC 791, without options.
using Token = std::array<std::uint8_t, sizeof(std::uint64_t)>;

}  // namespace

ns3::Ptr<ns3::Packet> make_packet(const Envelope& envelope, ns3::Ipv4Address source,
                                  ns3::Ipv4Address destination) {
    RESHAKE_CHECK(envelope.bytes >= header_bytes + sizeof(Token));
    const Token token = std::bit_cast<Token>(envelope.token);
    const ns3::Ptr<ns3::Packet> packet =
        ns3::Create<ns3::Packet>(token.data(), static_cast<std::uint32_t>(token.size()));
    packet->AddPaddingAtEnd(envelope.bytes - header_bytes - packet->GetSize());
    ns3::Ipv4Header header;
    header.SetSource(source);
    header.SetDestination(destination);
    header.SetPayloadSize(static_cast<std::uint16_t>(packet->GetSize()));
    packet->AddHeader(header);
    return packet;
}

std::optional<std::uint64_t> token_of(const ns3::Packet& packet, std::uint32_t skipped) {
    constexpr std::uint32_t most_skipped = 64;
    RESHAKE_CHECK(skipped <= most_skipped);
    std::array<std::uint8_t, most_skipped + header_bytes + sizeof(Token)> front{};
    const std::uint32_t begins = skipped + header_bytes;
    const std::uint32_t needed = begins + static_cast<std::uint32_t>(sizeof(Token));
    if (packet.CopyData(front.data(), needed) < needed) return std::nullopt;
    Token token{};
    std::memcpy(token.data(), front.data() + begins, token.size());
    return std::bit_cast<std::uint64_t>(token);
}

}  // namespace reshake::net
