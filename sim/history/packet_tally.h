// The record of what became of packets.
//
// Shape: one row per population and direction, written when the run ends; one more per direction
//        for what servers, session caches and key coordinators sent each other, if they did.
#pragma once

#include <cstdint>
#include <string_view>

#include "models/packet_counts.h"
#include "models/way.h"
#include "sim/base/fields.h"

namespace reshake::history {

struct PacketTally : PacketCounts {
    static constexpr std::string_view table_name = "packets";

    std::int16_t population = -1;  ///< Index into Scenario.clients; -1: no client had a part in it.
    Direction direction = Direction::uplink;  ///< Up: from the client, the cache, the coordinator.

    static constexpr auto fields() {
        const auto of_this = []<typename T>(const Field<PacketCounts, T>& each) {
            return Field<PacketTally, T>{each.name, each.member, each.bounds, each.presence};
        };
        return PacketCounts::fields()([&](const auto&... inherited) {
            return fields_of(field("population", &PacketTally::population),
                             field("direction", &PacketTally::direction), of_this(inherited)...);
        });
    }
};

}  // namespace reshake::history
