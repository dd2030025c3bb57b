// The record of what a session cache did, or failed to do, for a server.
//
// Shape: one row per lookup of a replica, and one per change of what a replica holds.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "sim/base/fields.h"
#include "sim/base/time.h"
#include "sim/history/attempt.h"

namespace reshake::history {

enum class CacheOperationKind {
    hit,       ///< A server asked and got the entry.
    miss,      ///< A server asked, and the answer was that there is none.
    timeout,   ///< A server asked, and no answer came in time.
    store,     ///< The cache keeps a new entry.
    evict,     ///< The cache gave one up for it.
    expire,    ///< The same, one whose time to live was over.
    remove,    ///< The cache gave one up because a server said so.
    overflow,  ///< The cache was asked, and had more waiting than it can hold.
};
[[nodiscard]] constexpr auto names_of(CacheOperationKind) noexcept {
    return std::array<std::string_view, 8>{"hit",   "miss",   "timeout", "store",
                                           "evict", "expire", "remove",  "overflow"};
}

struct CacheOperation {
    static constexpr std::string_view table_name = "cache";

    Duration at{};              ///< Since the start of the run; of a lookup: when it ended.
    std::int32_t cache = -1;    ///< Index of the site whose cache it is; -1: shared by the fleet.
    std::uint16_t replica = 0;  ///< From 1, as in paths.
    std::int32_t site = -1;     ///< Index of the site of the server that asked.
    std::int32_t server = -1;   ///< Within the site, from 1, as in paths.
    CacheOperationKind operation = CacheOperationKind::hit;
    Duration latency = not_reached;  ///< Of a lookup: from the question to its end.

    static constexpr auto fields() {
        return fields_of(field("at", &CacheOperation::at), field("cache", &CacheOperation::cache),
                         field("replica", &CacheOperation::replica),
                         field("site", &CacheOperation::site),
                         field("server", &CacheOperation::server),
                         field("operation", &CacheOperation::operation),
                         field("latency", &CacheOperation::latency));
    }
};

}  // namespace reshake::history
