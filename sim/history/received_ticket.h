// The record of a ticket in a client's store, from its receipt to its end.
//
// Shape: one row per ticket that a client received, in the order of receiving. Only where the
//        scenario asks for it.
#pragma once

#include <cstdint>
#include <string_view>

#include "models/ticket_store.h"
#include "sim/base/fields.h"
#include "sim/base/time.h"
#include "sim/history/attempt.h"

namespace reshake::history {

struct ReceivedTicket {
    static constexpr std::string_view table_name = "tickets";

    std::uint16_t population = 0;  ///< The attempt that brought it.
    std::uint32_t client = 0;
    std::uint32_t visit = 0;
    std::uint16_t connection = 0;
    std::uint16_t attempt = 0;
    Duration received{};            ///< Since the start of the run.
    std::int16_t tenant = -1;       ///< Whom the client had asked for.
    std::uint16_t tls_version = 0;  ///< RFC 8446 section 4.2.1, e.g. 0x0304.
    Duration lifetime{};
    Duration authenticated{};  ///< The full handshake at the head of its chain.
    std::uint64_t key = 0;     ///< As in SecurityEvent, and so is `ticket`.
    std::uint64_t ticket = 0;
    std::uint32_t offers = 0;
    Duration first_offered = not_reached;
    Duration last_offered = not_reached;
    std::uint32_t resumptions = 0;  ///< Of those offers.
    TicketEnd end = TicketEnd::kept;
    Duration ended = not_reached;

    static constexpr auto fields() {
        return fields_of(
            field("population", &ReceivedTicket::population),
            field("client", &ReceivedTicket::client), field("visit", &ReceivedTicket::visit),
            field("connection", &ReceivedTicket::connection),
            field("attempt", &ReceivedTicket::attempt),
            field("received", &ReceivedTicket::received), field("tenant", &ReceivedTicket::tenant),
            field("tls_version", &ReceivedTicket::tls_version),
            field("lifetime", &ReceivedTicket::lifetime),
            field("authenticated", &ReceivedTicket::authenticated),
            field("key", &ReceivedTicket::key), field("ticket", &ReceivedTicket::ticket),
            field("offers", &ReceivedTicket::offers),
            field("first_offered", &ReceivedTicket::first_offered),
            field("last_offered", &ReceivedTicket::last_offered),
            field("resumptions", &ReceivedTicket::resumptions), field("end", &ReceivedTicket::end),
            field("ended", &ReceivedTicket::ended));
    }
};

}  // namespace reshake::history
