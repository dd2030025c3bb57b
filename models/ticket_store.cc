#include "models/ticket_store.h"

#include <utility>

namespace reshake {

void TicketStore::keep(Ticket ticket) { tickets_.push_back(std::move(ticket)); }

std::optional<Ticket> TicketStore::take(Instant now) noexcept {
    const auto dropped =
        std::erase_if(tickets_, [now](const Ticket& ticket) { return ticket.expired(now); });
    if (dropped > 0) why_nothing_ = NothingToOffer::expired;
    if (tickets_.empty()) return std::nullopt;
    Ticket newest = std::move(tickets_.back());
    tickets_.pop_back();
    why_nothing_ = NothingToOffer::all_used;
    return newest;
}

}  // namespace reshake
