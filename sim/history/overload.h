// The record of what a server did that could not keep up, or what its balancer did with it.
//
// Shape: one row per packet that its kernel dropped, or answered differently, because a queue was
// full, and one per ejection.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "sim/base/fields.h"
#include "sim/base/time.h"
#include "sim/history/attempt.h"

namespace reshake::history {

enum class OverloadEvent {
    syn_dropped,     ///< The accept queue is full: a SYN was not answered.
    syn_queue_full,  ///< A SYN was not answered, for want of room and of SYN cookies.
    syn_cookie,      ///< A SYN was answered without keeping anything of it.
    ack_ignored,     ///< The accept queue is full: the end of a handshake of TCP was not taken.
    ack_reset,       ///< The same, answered with a RST.
    ejected,         ///< The balancer sends nobody there for a while.
    spared,          ///< It would have, but enough servers are ejected already.
};
[[nodiscard]] constexpr auto names_of(OverloadEvent) noexcept {
    return std::array<std::string_view, 7>{"syn_dropped", "syn_queue_full", "syn_cookie",
                                           "ack_ignored", "ack_reset",      "ejected",
                                           "spared"};
}

struct Overload {
    static constexpr std::string_view table_name = "overload";

    Duration at{};             ///< Since the start of the run.
    std::uint16_t site = 0;    ///< Index of the site.
    std::uint16_t server = 0;  ///< Within it, from 1, as in paths.
    OverloadEvent event = OverloadEvent::syn_dropped;
    Duration lasts = not_reached;  ///< Of an ejection.

    static constexpr auto fields() {
        return fields_of(field("at", &Overload::at), field("site", &Overload::site),
                         field("server", &Overload::server), field("event", &Overload::event),
                         field("lasts", &Overload::lasts));
    }
};

}  // namespace reshake::history
