#include "models/ticket_store.h"

#include <utility>

namespace reshake {
namespace {

constexpr std::uint16_t tls_1_2 = 0x0303;

bool usable_again(const Ticket& ticket, TicketReuse reuse) noexcept {
    return reuse == TicketReuse::always ||
           (reuse == TicketReuse::tls_1_2 && ticket.version == tls_1_2);
}

bool too_old(const Ticket& ticket, Instant now, const TicketStorage& storage,
             Duration ahead) noexcept {
    return ticket.expired(now, ahead) ||
           (storage.max_age && ticket.age(now, ahead) > *storage.max_age) ||
           (storage.max_chain_age && now - ticket.authenticated_at > *storage.max_chain_age);
}

void tell(TicketWitness* witness, const Ticket& ticket, TicketEnd why) noexcept {
    if (witness != nullptr) witness->ended(ticket.record, why);
}

}  // namespace

void TicketStore::keep(Ticket ticket, const TicketStorage& storage, TicketWitness* witness) {
    if (storage.capacity && *storage.capacity == 0) {
        why_nothing_ = NothingToOffer::full;
        tell(witness, ticket, TicketEnd::evicted);
        return;
    }
    if (storage.capacity && tickets_.size() >= *storage.capacity) {
        tell(witness, tickets_.front(), TicketEnd::evicted);
        tickets_.erase(tickets_.begin());
    }
    tickets_.push_back(std::move(ticket));
}

std::optional<Ticket> TicketStore::take(Instant now, const TicketStorage& storage, Duration ahead,
                                        TicketWitness* witness) {
    std::erase_if(tickets_, [&](const Ticket& ticket) {
        if (!too_old(ticket, now, storage, ahead)) return false;
        const bool in_truth = too_old(ticket, now, storage, ticket.clock_ahead);
        why_nothing_ = in_truth ? NothingToOffer::expired : NothingToOffer::clock_skew;
        tell(witness, ticket, TicketEnd::expired);
        return true;
    });
    if (tickets_.empty()) return std::nullopt;
    if (usable_again(tickets_.back(), storage.reuse)) return tickets_.back();
    Ticket newest = std::move(tickets_.back());
    tickets_.pop_back();
    tell(witness, newest, TicketEnd::used_up);
    why_nothing_ = NothingToOffer::all_used;
    return newest;
}

void TicketStore::drop(std::uint32_t connection, TicketWitness* witness) noexcept {
    const auto dropped = std::erase_if(tickets_, [&](const Ticket& ticket) {
        if (ticket.connection != connection) return false;
        tell(witness, ticket, TicketEnd::dropped);
        return true;
    });
    if (dropped > 0) why_nothing_ = NothingToOffer::unclean_end;
}

void TicketStore::lose(TicketWitness* witness) noexcept {
    if (tickets_.empty()) return;
    for (const Ticket& ticket : tickets_) tell(witness, ticket, TicketEnd::lost);
    tickets_.clear();
    why_nothing_ = NothingToOffer::lost;
}

TicketStore& TicketStores::of(Origin origin, TicketScope scope) {
    if (scope == TicketScope::any || origin.tenant < 0) return usual_;
    if (scope == TicketScope::certificate) origin.host = 0;
    for (auto& [known, store] : others_) {
        if (known == origin) return store;
    }
    return others_.emplace_back(origin, TicketStore{}).second;
}

void TicketStores::drop(std::uint32_t connection, TicketWitness* witness) noexcept {
    usual_.drop(connection, witness);
    for (auto& [origin, store] : others_) store.drop(connection, witness);
}

void TicketStores::lose(TicketWitness* witness) noexcept {
    usual_.lose(witness);
    for (auto& [origin, store] : others_) store.lose(witness);
}

}  // namespace reshake
