#include "sim/world/clocks.h"

#include <algorithm>

#include "sim/base/check.h"
#include "sim/chaos/places.h"

namespace reshake::world {

Clocks::Clocks(const Scenario& scenario)
    : scenario_(scenario),
      servers_(scenario.fleets.front().sites.size() * scenario.fleets.front().servers_per_site),
      populations_(scenario.clients.size()) {}

const WallClock& Clocks::of(chaos::ServerIndex server) const {
    return servers_.at(server.site * scenario_.fleets.front().servers_per_site + server.server);
}

std::vector<WallClock*> Clocks::at(const std::string& path) {
    const auto place = find_place(scenario_, path);
    RESHAKE_CHECK(place);  // `validate` has refused paths that name nothing.
    if (place->keys) return {&coordinator_};
    if (!place->population.empty()) {
        const auto population =
            std::ranges::find(scenario_.clients, place->population, &Clients::name);
        return {&populations_[static_cast<std::size_t>(population - scenario_.clients.begin())]};
    }
    std::vector<WallClock*> found;
    for (const chaos::ServerIndex server : chaos::servers_of(scenario_.fleets.front(), *place)) {
        found.push_back(
            &servers_[server.site * scenario_.fleets.front().servers_per_site + server.server]);
    }
    return found;
}

void Clocks::put_off(const ClockSkew& fault, std::uint32_t cause, Instant now) {
    for (WallClock* const clock : at(fault.where)) {
        clock->put_off(cause, fault.offset, fault.drift_ppm, now);
    }
}

void Clocks::set_right(const ClockSkew& fault, std::uint32_t cause) {
    for (WallClock* const clock : at(fault.where)) clock->set_right(cause);
}

}  // namespace reshake::world
