#include "sim/chaos/fault_schedule.h"

#include <algorithm>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>

#include "sim/base/check.h"

namespace reshake::chaos {
namespace {

using history::FaultKind;

/// Whether `name` is that of the type in lower case, its words apart.
constexpr bool is_name_of(std::string_view name, std::string_view type) {
    std::size_t at = 0;
    const auto is_next = [&](char letter) {
        if (at == name.size() || name[at] != letter) return false;
        ++at;
        return true;
    };
    for (const char letter : type) {
        const bool begins_word = letter >= 'A' && letter <= 'Z';
        if (begins_word && at > 0 && !is_next('_')) return false;
        const char small = begins_word ? static_cast<char>(letter - 'A' + 'a') : letter;
        if (!is_next(small)) return false;
    }
    return at == name.size();
}

template <std::size_t... I>
constexpr bool kinds_are_faults(std::index_sequence<I...>) {
    constexpr auto names = names_of(FaultKind{});
    return (is_name_of(names[I], std::variant_alternative_t<I, Fault>::type_name) && ...);
}

static_assert(std::variant_size_v<Fault> == names_of(FaultKind{}).size());
static_assert(kinds_are_faults(std::make_index_sequence<std::variant_size_v<Fault>>{}));

FaultKind kind_of(const Fault& fault) noexcept { return static_cast<FaultKind>(fault.index()); }

Succession succession_of(const auto& fault, std::uint32_t index) noexcept {
    return {.fault = index, .memory = fault.memory, .keys = fault.keys};
}

Succession succession_of(const Deploy& fault, std::uint32_t index) noexcept {
    return {.fault = index,
            .memory = fault.memory,
            .keys = fault.keys,
            .tls = fault.tls ? &*fault.tls : nullptr,
            .tickets = fault.tickets ? &*fault.tickets : nullptr};
}

}  // namespace

FaultSchedule::FaultSchedule(const Scenario& scenario, const std::vector<ExplicitFault>& faults,
                             const Places& places, net::Simulation& simulation,
                             net::Network& network, Operator& servers, CanaryWatch& canaries,
                             history::History& history, const Random& random)
    : scenario_(scenario),
      faults_(faults),
      places_(places),
      simulation_(simulation),
      network_(network),
      servers_(servers),
      history_(history),
      rollouts_(scenario.fleets.front(), simulation, servers, canaries, history.rollout),
      random_(random) {
    for (std::size_t i = 0; i < faults.size(); ++i) {
        const auto index = static_cast<std::uint32_t>(i);
        const FaultKind kind = kind_of(faults[i].fault);
        const std::optional<Duration> lasts = lasting(faults[i].fault, scenario.fleets.front());
        std::visit(
            [&](const auto& fault) {
                if (fault.start >= scenario.duration) return;
                simulation_.at(run_start + fault.start, [this, &fault, index, kind] {
                    on_[index] = {
                        .fault = index, .kind = kind, .began = simulation_.now() - run_start};
                    begin(fault, index);
                });
                if constexpr (std::is_same_v<std::remove_cvref_t<decltype(fault)>, Deploy>) {
                    plan(fault, index);
                }
                if (lasts && *lasts < scenario.duration - fault.start) {
                    simulation_.at(run_start + fault.start + *lasts, [this, &fault, index] {
                        end(fault, index);
                        record_end(index);
                    });
                }
            },
            faults[i].fault);
    }
}

void FaultSchedule::record_end(std::uint32_t index) {
    history::Fault row = on_.at(index);
    on_.erase(index);
    row.ended = simulation_.now() - run_start;
    history_.faults.add(row);
}

PlacePath FaultSchedule::place_of(const std::string& path) const {
    const std::optional<PlacePath> place = find_place(scenario_, path);
    RESHAKE_CHECK(place && !place->fleet.empty());  // `validate` has refused other paths.
    return *place;
}

std::vector<ServerIndex> FaultSchedule::servers_of(const std::string& path) const {
    return chaos::servers_of(scenario_.fleets.front(), place_of(path));
}

std::vector<CacheIndex> FaultSchedule::caches_of(const std::string& path) const {
    const std::optional<PlacePath> place = find_place(scenario_, path);
    const Fleet& fleet = scenario_.fleets.front();
    std::vector<CacheIndex> caches;
    if (!place->cache) return caches;
    const auto add = [&](std::int32_t site) {
        for (std::uint32_t replica = 0; replica < fleet.session_cache->replicas; ++replica) {
            if (place->replica >= 0 && std::cmp_not_equal(place->replica, replica)) continue;
            caches.push_back({.site = site, .replica = replica});
        }
    };
    if (fleet.session_cache->scope == CacheScope::shared) {
        add(-1);
        return caches;
    }
    for (std::size_t site = 0; site < fleet.sites.size(); ++site) {
        if (!place->site.empty() && fleet.sites[site].name != place->site) continue;
        add(static_cast<std::int32_t>(site));
    }
    return caches;
}

void FaultSchedule::for_each_way(const auto& fault, std::uint32_t index, const auto& visit) {
    auto& [there, back] = gates_.at(index);
    for (const net::PlaceId a : places_.of(fault.between[0])) {
        for (const net::PlaceId b : places_.of(fault.between[1])) {
            if (fault.ways != Ways::second_to_first) visit(a, b, there);
            if (fault.ways != Ways::first_to_second) visit(b, a, back);
        }
    }
}

void FaultSchedule::part(const auto& fault, std::uint32_t index) {
    // Named by what it is about, so that its draws do not depend on which other faults there are.
    const Random own = random_.stream(fault.between[0])
                           .stream(fault.between[1])
                           .stream(static_cast<std::uint64_t>(fault.start.count()));
    const auto equals = [&](const auto& entry) {
        const auto* other =
            std::get_if<std::remove_cvref_t<decltype(fault)>>(&faults_[entry.first].fault);
        return other != nullptr && other->between == fault.between && other->start == fault.start;
    };
    const Random mine =
        own.stream(static_cast<std::uint64_t>(std::ranges::count_if(gates_, equals)));
    gates_.try_emplace(
        index, std::array{Gate(fault, mine.stream("there")), Gate(fault, mine.stream("back"))});
    for_each_way(fault, index, [this](net::PlaceId from, net::PlaceId to, Gate& gate) {
        network_.add_gate(from, to, gate);
    });
    servers_.ways_changed();
}

void FaultSchedule::join(const auto& fault, std::uint32_t index) {
    for_each_way(fault, index, [this](net::PlaceId from, net::PlaceId to, Gate& gate) {
        network_.remove_gate(from, to, gate);
    });
    gates_.erase(index);
    servers_.ways_changed();
}

void FaultSchedule::begin(const Partition& fault, std::uint32_t index) { part(fault, index); }
void FaultSchedule::end(const Partition& fault, std::uint32_t index) { join(fault, index); }
void FaultSchedule::begin(const GreyFailure& fault, std::uint32_t index) { part(fault, index); }
void FaultSchedule::end(const GreyFailure& fault, std::uint32_t index) { join(fault, index); }

void FaultSchedule::begin(const Restart& fault, std::uint32_t) {
    if (place_of(fault.where).keys) {
        servers_.take_down_coordinator();
        return;
    }
    for (const ServerIndex server : servers_of(fault.where)) servers_.take_down(server);
    for (const CacheIndex cache : caches_of(fault.where)) servers_.take_down(cache);
}

void FaultSchedule::end(const Restart& fault, std::uint32_t index) {
    if (place_of(fault.where).keys) {
        servers_.bring_up_coordinator(succession_of(fault, index));
        return;
    }
    for (const ServerIndex server : servers_of(fault.where)) {
        servers_.succeed(server, succession_of(fault, index));
        servers_.bring_up(server);
    }
    for (const CacheIndex cache : caches_of(fault.where)) servers_.bring_up(cache, fault.memory);
}

void FaultSchedule::begin(const ClockSkew& fault, std::uint32_t index) {
    servers_.put_off(fault, index);
}

void FaultSchedule::end(const ClockSkew& fault, std::uint32_t index) {
    servers_.set_right(fault, index);
}

void FaultSchedule::begin(const Deploy&, std::uint32_t) {}
void FaultSchedule::end(const Deploy&, std::uint32_t) {}

void FaultSchedule::plan(const Deploy& fault, std::uint32_t index) {
    const std::vector<ServerIndex> all = servers_of(fault.fleet);
    const bool drained = fault.drain > Duration::zero();
    const bool away = fault.lasts > Duration::zero();
    for (std::size_t place = 0; place < all.size(); ++place) {
        const ServerIndex server = all[place];
        const auto turn = static_cast<std::int64_t>(place / fault.servers_at_once);
        const Instant begins = run_start + fault.start + fault.every * turn;
        const Instant gone = begins + fault.drain;
        if (drained) simulation_.at(begins, [this, server] { servers_.drain(server); });
        if (away) simulation_.at(gone, [this, server] { servers_.take_down(server); });
        simulation_.at(gone + fault.lasts, [this, &fault, index, server, drained, away] {
            servers_.succeed(server, succession_of(fault, index));
            if (away) servers_.bring_up(server);
            if (drained) servers_.refill(server);
        });
    }
}

void FaultSchedule::begin(const Drain& fault, std::uint32_t) {
    for (const ServerIndex server : servers_of(fault.where)) servers_.drain(server);
    simulation_.at(simulation_.now() + fault.grace, [this, &fault] {
        for (const ServerIndex server : servers_of(fault.where)) servers_.take_down(server);
    });
}

void FaultSchedule::end(const Drain& fault, std::uint32_t index) {
    for (const ServerIndex server : servers_of(fault.where)) {
        servers_.succeed(server, succession_of(fault, index));
        servers_.bring_up(server);
        servers_.refill(server);
    }
}

void FaultSchedule::close() {
    for (const auto& [index, row] : on_) history_.faults.add(row);
    on_.clear();
}

}  // namespace reshake::chaos
