// What a link's queue drops, and when.
#pragma once

#include <chrono>
#include <cstdint>
#include <string_view>
#include <variant>

#include "sim/base/fields.h"
#include "sim/base/time.h"

namespace reshake {

inline constexpr Bounds queue_wait{.at_least = 0.0, .at_most = 60e9, .above = true};

/// Drops what it has no room for.
struct DropTail {
    static constexpr std::string_view type_name = "DropTail";

    bool operator==(const DropTail&) const = default;
    static constexpr auto fields() { return fields_of(); }
};

/// Controlled delay: one queue, which drops before it is full when packets wait in it for too long.
///
/// Source: RFC 8289.
struct CoDel {
    static constexpr std::string_view type_name = "CoDel";

    Duration target = std::chrono::milliseconds(5);      ///< Tolerable wait of every packet.
    Duration interval = std::chrono::milliseconds(100);  ///< For how long it may be exceeded.

    bool operator==(const CoDel&) const = default;
    static constexpr auto fields() {
        return fields_of(field("target", &CoDel::target, queue_wait),
                         field("interval", &CoDel::interval, queue_wait));
    }
};

/// A queue with CoDel per flow, served in turn; flows that send little go first.
///
/// Source: RFC 8290. Flows are connections: addresses, ports, protocol.
struct FqCoDel {
    static constexpr std::string_view type_name = "FqCoDel";

    Duration target = std::chrono::milliseconds(5);
    Duration interval = std::chrono::milliseconds(100);
    std::uint32_t flows = 1024;    ///< Queues, to which connections are hashed.
    std::uint32_t quantum = 1514;  ///< Bytes of a turn.

    bool operator==(const FqCoDel&) const = default;
    static constexpr auto fields() {
        return fields_of(field("target", &FqCoDel::target, queue_wait),
                         field("interval", &FqCoDel::interval, queue_wait),
                         field("flows", &FqCoDel::flows, {.at_least = 1.0, .at_most = 65'536.0}),
                         field("quantum", &FqCoDel::quantum, {.at_least = 256.0, .at_most = 1e6}));
    }
};

/// None of them: drop-tail, or, of one direction, as the link says.
using Queue = std::variant<std::monostate, DropTail, CoDel, FqCoDel>;

/// Whether packets are dropped while there is room.
[[nodiscard]] constexpr bool is_active(const Queue& queue) noexcept {
    return std::holds_alternative<CoDel>(queue) || std::holds_alternative<FqCoDel>(queue);
}

}  // namespace reshake
