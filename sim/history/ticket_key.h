// The record of a ticket key that somebody has had.
//
// Shape: one row per ring and generation that came into use within the run; where servers do not
//        get keys at the same instant, one per server and key that it has had.
#pragma once

#include <cstdint>
#include <string_view>

#include "models/held_keys.h"
#include "sim/base/fields.h"
#include "sim/base/time.h"

namespace reshake::history {

struct TicketKey {
    static constexpr std::string_view table_name = "ticket_keys";

    std::int32_t site = -1;    ///< Index of the site whose ring it is; -1: shared by the fleet.
    std::int32_t server = -1;  ///< From 1, whose ring it is; -1: shared by the site.
    std::int32_t fault = -1;  ///< Index of the fault that brought the ring; -1: there at the start.
    std::uint32_t ring = 0;   ///< Rows of the same number are of one ring.
    std::int64_t generation = 0;
    KeySource source = KeySource::schedule;
    std::uint32_t key = 0;    ///< Rows of the same number are about the same secret.
    Duration arrived{};       ///< Since the start of the run.
    Duration issued_from{};   ///< -1: it never sealed.
    Duration issued_until{};  ///< Exclusive; the end of the run if no other followed.
    Duration opens_until{};   ///< Exclusive; beyond the run's end where it would have gone on.

    static constexpr auto fields() {
        return fields_of(field("site", &TicketKey::site), field("server", &TicketKey::server),
                         field("fault", &TicketKey::fault), field("ring", &TicketKey::ring),
                         field("generation", &TicketKey::generation),
                         field("source", &TicketKey::source), field("key", &TicketKey::key),
                         field("arrived", &TicketKey::arrived),
                         field("issued_from", &TicketKey::issued_from),
                         field("issued_until", &TicketKey::issued_until),
                         field("opens_until", &TicketKey::opens_until));
    }
};

}  // namespace reshake::history
