// What became of packets, counted: every packet that there ever was is in exactly one count.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <utility>

#include "sim/base/fields.h"

namespace reshake {

/// Where a packet is, or why it is nowhere: a closed set.
enum class PacketFate {
    delivered,
    under_way,
    queue,         ///< There was no room for it in a link's queue.
    loss,          ///< A link lost it.
    mtu,           ///< It was too large for a link, and nobody was told.
    corruption,    ///< It arrived spoilt: a checksum was wrong.
    partition,     ///< A gate was closed.
    grey_failure,  ///< A gate lost it that was not closed.
    nat,           ///< A NAT knew no mapping for it.
    firewall,      ///< A firewall let it not pass.
    black_hole,    ///< It was too large for a path whose ends believe in a larger MTU.
    vanished,      ///< To or from a client that had vanished, or to one that had left.
};

/// Law: sent + duplicated + injected = the sum over all fates.
struct PacketCounts {
    std::uint64_t sent = 0;
    std::uint64_t duplicated = 0;  ///< By a link.
    std::uint64_t injected = 0;    ///< By a middlebox, in the name of one end.
    std::uint64_t delivered = 0;
    std::uint64_t under_way = 0;
    std::uint64_t queue = 0;
    std::uint64_t loss = 0;
    std::uint64_t mtu = 0;
    std::uint64_t corruption = 0;
    std::uint64_t partition = 0;
    std::uint64_t grey_failure = 0;
    std::uint64_t nat = 0;
    std::uint64_t firewall = 0;
    std::uint64_t black_hole = 0;
    std::uint64_t vanished = 0;

    bool operator==(const PacketCounts&) const = default;
    static constexpr auto fields() {
        return fields_of(
            field("sent", &PacketCounts::sent), field("duplicated", &PacketCounts::duplicated),
            field("injected", &PacketCounts::injected),
            field("delivered", &PacketCounts::delivered),
            field("under_way", &PacketCounts::under_way), field("queue", &PacketCounts::queue),
            field("loss", &PacketCounts::loss), field("mtu", &PacketCounts::mtu),
            field("corruption", &PacketCounts::corruption),
            field("partition", &PacketCounts::partition),
            field("grey_failure", &PacketCounts::grey_failure), field("nat", &PacketCounts::nat),
            field("firewall", &PacketCounts::firewall),
            field("black_hole", &PacketCounts::black_hole),
            field("vanished", &PacketCounts::vanished));
    }

    [[nodiscard]] std::uint64_t& operator[](PacketFate fate) noexcept {
        constexpr std::array counters{
            &PacketCounts::delivered, &PacketCounts::under_way,    &PacketCounts::queue,
            &PacketCounts::loss,      &PacketCounts::mtu,          &PacketCounts::corruption,
            &PacketCounts::partition, &PacketCounts::grey_failure, &PacketCounts::nat,
            &PacketCounts::firewall,  &PacketCounts::black_hole,   &PacketCounts::vanished};
        return this->*counters[static_cast<std::size_t>(fate)];
    }

    PacketCounts& operator+=(const PacketCounts& other) noexcept {
        for_each_field<PacketCounts>(
            [&](const auto& each) { this->*each.member += other.*each.member; });
        return *this;
    }

    /// Whether the law holds.
    [[nodiscard]] bool conserved() const noexcept {
        std::uint64_t sum = 0;
        for_each_field<PacketCounts>([&](const auto& each) { sum += this->*each.member; });
        const std::uint64_t made = sent + duplicated + injected;
        return sum == 2 * made;
    }
};

}  // namespace reshake
