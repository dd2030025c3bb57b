#include "sim/world/fleet_keys.h"

#include <algorithm>
#include <iterator>
#include <string_view>
#include <utility>

#include "sim/base/check.h"

namespace reshake::world {

using chaos::ServerIndex;

FleetKeys::FleetKeys(const Fleet& fleet, Origins& origins, const Clocks& clocks, Random random)
    : fleet_(fleet), origins_(origins), clocks_(clocks), random_(std::move(random)) {
    for (std::size_t site = 0; site < fleet.sites.size(); ++site) {
        for (std::uint32_t server = 0; server < fleet.servers_per_site; ++server) {
            servers_.push_back({.tls = &fleet.tls, .tickets = &fleet.tickets});
            if (has_coordinator(fleet.tickets)) {
                give_delivered({site, server});
            } else {
                use_ring({site, server}, ring_of({site, server}, fleet.tickets, -1, run_start),
                         run_start);
            }
        }
    }
}

FleetKeys::Owner FleetKeys::owner_of(ServerIndex server, const Tickets& tickets,
                                     std::int32_t fault) {
    const auto site = static_cast<std::int32_t>(server.site);
    const auto number = static_cast<std::int32_t>(server.server) + 1;  // As in paths.
    return {.fault = fault,
            .site = tickets.keys == TicketKeyScope::shared ? -1 : site,
            .server = tickets.keys == TicketKeyScope::per_server ? number : -1,
            .rotation = tickets.rotation};
}

Random FleetKeys::root_of(const Owner& owner, TicketKeyScope scope) const {
    // Named by fault and site, so that another site more does not change these keys.
    Random root = owner.fault < 0 ? random_.stream(name_of(scope))
                                  : random_.stream("fault")
                                        .stream(static_cast<std::uint64_t>(owner.fault))
                                        .stream(name_of(scope));
    if (owner.site >= 0)
        root = root.stream(fleet_.sites[static_cast<std::size_t>(owner.site)].name);
    if (owner.server >= 0) root = root.stream(static_cast<std::uint64_t>(owner.server) - 1);
    if (owner.rotation == fleet_.tickets.rotation) return root;
    const StekRotation rotation = owner.rotation.value_or(StekRotation{});
    return root.stream("rotation")
        .stream(static_cast<std::uint64_t>(rotation.every.count()))
        .stream(std::uint64_t{rotation.keep_previous});
}

FleetKeys::Ring& FleetKeys::ring_of(ServerIndex server, const Tickets& tickets, std::int32_t fault,
                                    Instant now) {
    const Owner owner = owner_of(server, tickets, fault);
    Ring*& known = by_owner_[owner];
    if (known != nullptr) return *known;
    const auto* derived = std::get_if<ClockDerived>(&tickets.distribution);
    known = &rings_.emplace_back(
        Ring{.keys = tls::TicketKeys(tickets.rotation, root_of(owner, tickets.keys),
                                     derived != nullptr ? std::optional(*derived) : std::nullopt),
             .owner = owner,
             .from = now});
    return *known;
}

void FleetKeys::use_ring(ServerIndex server, Ring& ring, Instant now) {
    Settings& own = settings(server);
    if (ring.until != never) {
        ring.earlier.emplace_back(ring.from, ring.until);
        ring.from = now;
        ring.until = never;
    }
    ++ring.servers;
    own.ring = &ring;
    const auto* derived = std::get_if<ClockDerived>(&own.tickets->distribution);
    own.own = nullptr;
    if (derived == nullptr) return;
    own.own =
        &own_.emplace_back(Own{.server = server,
                               .owner = ring.owner,
                               .handed = nullptr,
                               .account = KeyAccount(
                                   clocks_.of(server),
                                   [rotation = *ring.owner.rotation, &derived = *derived](
                                       Instant date) { return view_of(rotation, derived, date); },
                                   now)});
}

void FleetKeys::leave_ring(Ring& ring, Instant now) {
    RESHAKE_CHECK(ring.servers > 0);
    if (--ring.servers == 0) ring.until = now;
}

const Tickets& FleetKeys::tickets_of(const Settings& own) {
    const Tickets* tickets = own.tickets;
    for (const Flipped& each : own.flipped) {
        if (each.tickets != nullptr) tickets = each.tickets;
    }
    return *tickets;
}

void FleetKeys::give_delivered(ServerIndex server) {
    Settings& own = settings(server);
    const Tickets& tickets = *own.tickets;
    const std::string& site = fleet_.sites[server.site].name;
    auto handed = std::make_unique<tls::DeliveredKeys>(
        *tickets.rotation, std::get<KeyCoordinator>(tickets.distribution).without_key,
        random_.stream("own").stream(site).stream(std::uint64_t{server.server}));
    const HeldKeys& held = handed->held();
    own.own = &own_.emplace_back(Own{
        .server = server,
        .owner = owner_of(server, tickets, -1),
        .handed = std::move(handed),
        .account = KeyAccount(
            clocks_.of(server), [&held](Instant date) { return view_of(held, date); }, run_start)});
}

FleetKeys::Settings& FleetKeys::settings(ServerIndex server) {
    return servers_.at(server.site * fleet_.servers_per_site + server.server);
}

const FleetKeys::Settings& FleetKeys::settings(ServerIndex server) const {
    return servers_.at(server.site * fleet_.servers_per_site + server.server);
}

std::unique_ptr<tls::ServerContext> FleetKeys::make_context(ServerIndex server) const {
    const Settings& own = settings(server);
    const ServerTls* tls = own.tls;
    const Tickets* tickets = own.tickets;
    for (const Flipped& each : own.flipped) {
        if (each.tls != nullptr) tls = each.tls;
        if (each.tickets != nullptr) tickets = each.tickets;
    }
    auto context = origins_.serve(*tls, *tickets, ring(server), chains(server));
    context->use_clock(clocks_.of(server));
    return context;
}

tls::KeyRing& FleetKeys::ring(ServerIndex server) const {
    const Settings& own = settings(server);
    return own.impaired.empty() ? sound_ring(own) : *own.impaired.back().keys;
}

tls::KeyRing& FleetKeys::sound_ring(const Settings& own) const {
    if (own.ring != nullptr) return own.ring->keys;
    return *own.own->handed;
}

void FleetKeys::desync(ServerIndex server, DesyncedKeys keys, std::uint32_t fault, Instant now) {
    Settings& own = settings(server);
    RESHAKE_CHECK(own.ring != nullptr);  // What a coordinator hands out is its agent's business.
    if (keys == DesyncedKeys::other) {
        Ring& other = ring_of(server, tickets_of(own), static_cast<std::int32_t>(fault), now);
        ++other.servers;
        own.impaired.push_back({.fault = fault, .keys = &other.keys, .ring = &other});
        return;
    }
    auto& stopped = impaired_.emplace_back(
        std::make_unique<tls::StoppedKeys>(ring(server), clocks_.of(server).read(now)));
    own.impaired.push_back({.fault = fault, .keys = stopped.get(), .laid = stopped.get()});
}

void FleetKeys::corrupt(ServerIndex server, std::uint32_t fault, Instant now) {
    const Random damage = random_.stream("damage").stream(std::uint64_t{fault});
    auto& damaged = impaired_.emplace_back(std::make_unique<tls::DamagedKeys>(
        ring(server), clocks_.of(server).read(now),
        damage.stream(fleet_.sites[server.site].name).stream(std::uint64_t{server.server})));
    settings(server).impaired.push_back(
        {.fault = fault, .keys = damaged.get(), .laid = damaged.get()});
}

void FleetKeys::mend(ServerIndex server, std::uint32_t fault, Instant now) {
    Settings& own = settings(server);
    std::vector<Impairment>& all = own.impaired;
    const auto found = std::ranges::find(all, fault, &Impairment::fault);
    if (found == all.end()) return;  // New keys have mended it before.
    const auto above = std::next(found);
    if (above != all.end() && above->laid != nullptr) {
        above->laid->lie_over(found == all.begin() ? sound_ring(own) : *std::prev(found)->keys);
    }
    leave(*found, now);
    all.erase(found);
}

void FleetKeys::leave(const Impairment& impairment, Instant now) {
    if (impairment.ring != nullptr && --impairment.ring->servers == 0) impairment.ring->until = now;
}

void FleetKeys::present(ServerIndex server, const Origins::ChainSet& chains, std::uint32_t fault) {
    settings(server).presented.push_back({.fault = fault, .chains = &chains});
}

void FleetKeys::present_no_more(ServerIndex server, std::uint32_t fault) {
    std::erase_if(settings(server).presented,
                  [fault](const Presented& each) { return each.fault == fault; });
}

const Origins::ChainSet& FleetKeys::chains(ServerIndex server) const {
    const Settings& own = settings(server);
    return own.presented.empty() ? origins_.at_start() : *own.presented.back().chains;
}

bool FleetKeys::flip(ServerIndex server, const PolicyFlip& flip, std::uint32_t fault, Instant now) {
    settings(server).flipped.push_back({.fault = fault,
                                        .tls = flip.tls ? &*flip.tls : nullptr,
                                        .tickets = flip.tickets ? &*flip.tickets : nullptr});
    return suit(server, fault, now);
}

bool FleetKeys::flip_back(ServerIndex server, std::uint32_t fault, Instant now) {
    std::erase_if(settings(server).flipped,
                  [fault](const Flipped& each) { return each.fault == fault; });
    return suit(server, fault, now);
}

bool FleetKeys::roll_out(ServerIndex server, const StagedRollout& rollout, std::uint32_t fault,
                         Instant now) {
    Settings& own = settings(server);
    own.flipped.push_back({.fault = fault,
                           .tls = rollout.tls ? &*rollout.tls : nullptr,
                           .tickets = rollout.tickets ? &*rollout.tickets : nullptr});
    Ring* const former = own.ring;
    if (rollout.keys == Fate::lost) {
        lose_keys(server, fault, now);
    } else if (!suit(server, fault, now)) {
        return false;
    }
    if (former != nullptr) own.set_aside = SetAside{.fault = fault, .ring = former};
    return true;
}

bool FleetKeys::roll_back(ServerIndex server, std::uint32_t fault, Instant now) {
    Settings& own = settings(server);
    std::erase_if(own.flipped, [fault](const Flipped& each) { return each.fault == fault; });
    if (!own.set_aside || own.set_aside->fault != fault || !suits(*own.set_aside->ring, server)) {
        return suit(server, fault, now);
    }
    change_ring(server, *own.set_aside->ring, now);
    own.set_aside.reset();
    return true;
}

void FleetKeys::change_ring(ServerIndex server, Ring& ring, Instant now) {
    Settings& own = settings(server);
    forget_impairments(own, now);
    if (own.own != nullptr) own.own->account.end(now);
    Ring& former = *own.ring;
    use_ring(server, ring, now);
    leave_ring(former, now);
}

void FleetKeys::lose_keys(ServerIndex server, std::uint32_t fault, Instant now) {
    Settings& own = settings(server);
    own.set_aside.reset();
    if (own.ring == nullptr) {
        forget_impairments(own, now);
        own.own->account.settle(now);
        own.own->handed->lose();
        return;
    }
    change_ring(server, ring_of(server, tickets_of(own), static_cast<std::int32_t>(fault), now),
                now);
}

bool FleetKeys::suits(const Ring& ring, ServerIndex server) const {
    return owner_of(server, tickets_of(settings(server)), ring.owner.fault) == ring.owner;
}

bool FleetKeys::suit(ServerIndex server, std::uint32_t fault, Instant now) {
    const Ring* const ring = settings(server).ring;
    // What a coordinator hands out `validate` lets nobody change.
    if (ring == nullptr || suits(*ring, server)) return false;
    lose_keys(server, fault, now);
    return true;
}

void FleetKeys::forget_impairments(Settings& own, Instant now) {
    for (const Impairment& each : own.impaired) leave(each, now);
    own.impaired.clear();
}

bool FleetKeys::change(ServerIndex server, const chaos::Succession& succession, Instant now) {
    Settings& own = settings(server);
    if (succession.tls != nullptr) own.tls = succession.tls;
    if (succession.tickets != nullptr) own.tickets = succession.tickets;
    for (Flipped& each : own.flipped) {
        if (succession.tls != nullptr) each.tls = nullptr;
        if (succession.tickets != nullptr) each.tickets = nullptr;
    }
    if (succession.keys == Fate::kept) return suit(server, succession.fault, now);
    lose_keys(server, succession.fault, now);
    return true;
}

Stek FleetKeys::coordinated(ServerIndex server, const KeyId& key) const {
    const Tickets& tickets = fleet_.tickets;
    return derive_stek(root_of(owner_of(server, tickets, key.fault), tickets.keys), key.generation);
}

const HeldKeys& FleetKeys::held(ServerIndex server) const {
    return settings(server).own->handed->held();
}

void FleetKeys::receive(ServerIndex server, const HandedKey& key, const Stek& stek, Instant now) {
    Own& own = *settings(server).own;
    own.account.settle(now);
    own.handed->receive(key, stek);
}

void FleetKeys::settle(Instant now) {
    for (Own& own : own_) own.account.settle(now);
}

std::uint32_t FleetKeys::number_of(const Owner& owner, const KeyId& key) {
    return numbers_.try_emplace({owner, key}, static_cast<std::uint32_t>(numbers_.size()))
        .first->second;
}

std::uint32_t FleetKeys::number_of(const Owner& owner) {
    return ring_numbers_.try_emplace(owner, static_cast<std::uint32_t>(ring_numbers_.size()))
        .first->second;
}

void FleetKeys::record(Duration run, history::History& history) {
    for (const Ring& ring : rings_) {
        const bool derived = std::ranges::any_of(
            own_, [&](const Own& own) { return own.handed == nullptr && own.owner == ring.owner; });
        if (!derived) record(ring, run, history);
    }
    for (Own& own : own_) {
        own.account.close(run_start + run);
        record(own, history);
    }
}

void FleetKeys::record(const Ring& ring, Duration run, history::History& history) {
    for (const auto& [from, until] : ring.earlier) record(ring, from, until, run, history);
    record(ring, ring.from, ring.until, run, history);
}

void FleetKeys::record(const Ring& ring, Instant from, Instant until, Duration run,
                       history::History& history) {
    const Instant end = std::min(until, run_start + run);
    const auto& rotation = ring.owner.rotation;
    if (end <= from) return;
    history::TicketKey row{.site = ring.owner.site,
                           .server = ring.owner.server,
                           .fault = ring.owner.fault,
                           .ring = number_of(ring.owner)};
    const std::int64_t last = rotation ? issuing_generation(*rotation, end - Duration{1}) : 0;
    row.generation = rotation ? issuing_generation(*rotation, from) : 0;
    for (; row.generation <= last; ++row.generation) {
        row.key = number_of(ring.owner, {.generation = row.generation});
        row.issued_from = from - run_start;
        row.issued_until = row.opens_until = end - run_start;
        if (rotation) {
            const Duration begin = begins_at(*rotation, row.generation) - run_start;
            row.issued_from = std::max(row.issued_from, begin);
            row.issued_until = std::min(begin + rotation->every, row.issued_until);
            row.opens_until = begin + honoured_for(*rotation);
            if (until != never) {
                row.opens_until = std::min(row.opens_until, until - run_start);
            }
        }
        row.arrived = row.issued_from;
        history.ticket_keys.add(row);
    }
}

void FleetKeys::record(const Own& own, history::History& history) {
    for (const auto& [id, use] : own.account.uses()) {
        // Its own keys are nobody else's.
        const bool made_here = id.source == KeySource::own;
        const auto site = static_cast<std::int32_t>(own.server.site);
        const auto server = static_cast<std::int32_t>(own.server.server) + 1;
        Owner owner = own.owner;
        if (made_here) owner = {.site = site, .server = server, .rotation = owner.rotation};
        if (id.source == KeySource::coordinator) owner.fault = id.fault;
        Owner holder = owner;
        holder.site = site;
        holder.server = server;
        history.ticket_keys.add(
            {.site = site,
             .server = server,
             .fault = owner.fault,
             .ring = number_of(holder),
             .generation = id.generation,
             .source = id.source,
             .key = number_of(owner, id),
             .arrived = use.arrived - run_start,
             .issued_from = use.sealed_from ? *use.sealed_from - run_start : history::not_reached,
             .issued_until = use.sealed_from ? use.sealed_until - run_start : history::not_reached,
             .opens_until = use.opens_until - run_start});
    }
}

}  // namespace reshake::world
