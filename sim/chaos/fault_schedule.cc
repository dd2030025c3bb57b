#include "sim/chaos/fault_schedule.h"

#include <algorithm>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <variant>

#include "sim/base/check.h"

namespace reshake::chaos {
namespace {

using history::FaultKind;

constexpr FaultKind kind_of(const Partition&) noexcept { return FaultKind::partition; }
constexpr FaultKind kind_of(const Restart&) noexcept { return FaultKind::restart; }
constexpr FaultKind kind_of(const Deploy&) noexcept { return FaultKind::deploy; }
constexpr FaultKind kind_of(const Drain&) noexcept { return FaultKind::drain; }
constexpr FaultKind kind_of(const ClockSkew&) noexcept { return FaultKind::clock_skew; }

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

FaultSchedule::FaultSchedule(const Scenario& scenario, const Places& places,
                             net::Simulation& simulation, net::Network& network, Operator& servers,
                             history::History& history)
    : scenario_(scenario),
      places_(places),
      simulation_(simulation),
      network_(network),
      servers_(servers),
      history_(history) {
    for (std::size_t i = 0; i < scenario.faults.size(); ++i) {
        const auto index = static_cast<std::uint32_t>(i);
        const Duration lasts = lasting(scenario.faults[i]);
        std::visit(
            [&](const auto& fault) {
                if (fault.start >= scenario.duration) return;
                simulation_.at(run_start + fault.start, [this, &fault, index] {
                    on_[index] = {.fault = index,
                                  .kind = kind_of(fault),
                                  .began = simulation_.now() - run_start};
                    begin(fault, index);
                });
                if (lasts < scenario.duration - fault.start) {
                    simulation_.at(run_start + fault.start + lasts, [this, &fault, index] {
                        end(fault, index);
                        history::Fault row = on_.at(index);
                        on_.erase(index);
                        row.ended = simulation_.now() - run_start;
                        history_.faults.add(row);
                    });
                }
            },
            scenario.faults[i]);
    }
}

Duration FaultSchedule::lasting(const Fault& fault) const {
    return std::visit(
        [&](const auto& each) {
            using Kind = std::remove_cvref_t<decltype(each)>;
            if constexpr (std::is_same_v<Kind, Deploy>) {
                return reshake::lasting(each, scenario_.fleets.front());
            } else if constexpr (std::is_same_v<Kind, Drain>) {
                return each.grace + each.lasts;
            } else {
                return each.lasts;
            }
        },
        fault);
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

void FaultSchedule::begin(const Partition& fault, std::uint32_t) {
    for (const net::PlaceId a : places_.of(fault.between[0])) {
        for (const net::PlaceId b : places_.of(fault.between[1])) network_.close_gate(a, b);
    }
    servers_.ways_changed();
}

void FaultSchedule::end(const Partition& fault, std::uint32_t) {
    for (const net::PlaceId a : places_.of(fault.between[0])) {
        for (const net::PlaceId b : places_.of(fault.between[1])) network_.open_gate(a, b);
    }
    servers_.ways_changed();
}

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

void FaultSchedule::begin(const Deploy& fault, std::uint32_t index) { take_turn(fault, index, 0); }

void FaultSchedule::end(const Deploy&, std::uint32_t) {}

void FaultSchedule::take_turn(const Deploy& fault, std::uint32_t index, std::size_t first) {
    const std::vector<ServerIndex> all = servers_of(fault.fleet);
    const std::size_t end = std::min(all.size(), first + fault.servers_at_once);
    for (std::size_t i = first; i < end; ++i) {
        const ServerIndex server = all[i];
        if (fault.drain == Duration::zero()) {
            replace(fault, index, server);
            continue;
        }
        servers_.drain(server);
        simulation_.at(simulation_.now() + fault.drain,
                       [this, &fault, index, server] { replace(fault, index, server); });
    }
    if (end == all.size()) return;
    simulation_.at(simulation_.now() + fault.every,
                   [this, &fault, index, end] { take_turn(fault, index, end); });
}

void FaultSchedule::replace(const Deploy& fault, std::uint32_t index, ServerIndex server) {
    const bool drained = fault.drain > Duration::zero();
    if (fault.lasts == Duration::zero()) {
        servers_.succeed(server, succession_of(fault, index));
        if (drained) servers_.refill(server);
        return;
    }
    servers_.take_down(server);
    simulation_.at(simulation_.now() + fault.lasts, [this, &fault, index, server, drained] {
        servers_.succeed(server, succession_of(fault, index));
        servers_.bring_up(server);
        if (drained) servers_.refill(server);
    });
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
