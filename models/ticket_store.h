// The client's store of session tickets: what it keeps, and which ticket it offers next.
//
// Source: RFC 8446 section 4.6.1 (lifetime) and appendix C.4 (a ticket should be used once).
#pragma once

#include <cstddef>
#include <optional>
#include <vector>

#include "sim/base/time.h"

namespace reshake {

/// A ticket as the client holds it.
struct Ticket {
    std::vector<std::byte> session;  ///< DER of the session, ticket and resumption secret within.
    Instant received_at = run_start;
    Duration lifetime{};  ///< ticket_lifetime of the NewSessionTicket message.

    /// RFC 8446 section 4.6.1: a client must not use a ticket that has outlived its lifetime.
    [[nodiscard]] bool expired(Instant now) const noexcept { return now - received_at > lifetime; }
};

/// Why a store has nothing to offer.
enum class NothingToOffer { first_visit, expired, all_used };

/// Tickets of one client for one origin. Each is offered once, the newest first.
class TicketStore {
public:
    void keep(Ticket ticket);

    /// Takes the ticket to offer at `now`; expired ones are dropped on the way.
    [[nodiscard]] std::optional<Ticket> take(Instant now) noexcept;

    /// Why the store is empty: what took its last ticket away.
    [[nodiscard]] NothingToOffer why_nothing() const noexcept { return why_nothing_; }

    [[nodiscard]] std::size_t size() const noexcept { return tickets_.size(); }

private:
    std::vector<Ticket> tickets_;  ///< Oldest first.
    NothingToOffer why_nothing_ = NothingToOffer::first_visit;
};

}  // namespace reshake
