#include "sim/world/key_service.h"

#include <optional>
#include <variant>

namespace reshake::world {
namespace {

std::vector<net::MachineId> servers_of(const host::FleetMap& map) {
    std::vector<net::MachineId> servers;
    for (const auto& site : map.sites) {
        servers.insert(servers.end(), site.servers.begin(), site.servers.end());
    }
    return servers;
}

}  // namespace

KeyService::KeyService(const Fleet& fleet, const Clocks& clocks, FleetKeys& keys,
                       net::Simulation& simulation, net::Network& network,
                       const host::FleetMap& map, Random random)
    : fleet_(fleet),
      settings_(std::get<KeyCoordinator>(fleet.tickets.distribution)),
      clocks_(clocks),
      keys_(keys),
      simulation_(simulation),
      network_(network),
      link_(settings_.link),
      uplink_(link_, Direction::uplink, random.stream("up")),
      downlink_(link_, Direction::downlink, random.stream("down")),
      machine_(network.add_service(uplink_, downlink_)),
      maker_(settings_, *fleet.tickets.rotation, clocks.of_coordinator(), simulation, network,
             machine_.machine, servers_of(map), [this](std::size_t server, const KeyId& key) {
                 return keys_.coordinated(index_of(server), key);
             }) {
    const auto servers = servers_of(map);
    for (std::size_t server = 0; server < servers.size(); ++server) {
        const chaos::ServerIndex index = index_of(server);
        set_up(server, servers[server],
               random.stream(fleet.sites[index.site].name).stream(std::uint64_t{index.server}));
    }
}

void KeyService::set_up(std::size_t server, net::MachineId machine, const Random& random) {
    const chaos::ServerIndex index = index_of(server);
    host::KeyName last{};
    for (const HandedKey& key : maker_.keys()) {
        const Stek stek = keys_.coordinated(index, key.id);
        receive(index, key, stek);
        last = stek.key_name;
    }
    agents_.emplace_back(settings_, simulation_, network_, machine, machine_.machine, last,
                         random.stream("polls"), [this, index](const host::KeyHandout& handout) {
                             for (const auto& [key, stek] : handout.keys) receive(index, key, stek);
                         });
    by_index_.push_back(&agents_.back());
}

void KeyService::receive(chaos::ServerIndex server, const HandedKey& key, const Stek& stek) {
    keys_.receive(server, key, stek, simulation_.now());
    if (!watches_.empty()) watches_.at(number_of(server))->look();
}

void KeyService::lose(chaos::ServerIndex server) {
    if (!watches_.empty()) watches_.at(number_of(server))->forget();
    agent(server).lose();
}

void KeyService::on_clock_changed() {
    maker_.on_clock_changed();
    for (const auto& watch : watches_) watch->look();
}

void KeyService::audit(history::History& history,
                       const std::function<host::AuditTrail&(chaos::ServerIndex)>& trail_of) {
    maker_.tell([this, &history](std::size_t server, const Stek& key) {
        const chaos::ServerIndex index = index_of(server);
        history.security_events.add({.at = simulation_.now() - run_start,
                                     .action = history::SecurityAction::distribute,
                                     .subject = history::SecuritySubject::keys,
                                     .machine = history::SecurityMachine::coordinator,
                                     .site = static_cast<std::int16_t>(index.site),
                                     .server = static_cast<std::int16_t>(index.server + 1),
                                     .key = host::name_in_log(key)});
    });
    for (std::size_t server = 0; server < by_index_.size(); ++server) {
        const chaos::ServerIndex index = index_of(server);
        watches_.push_back(
            std::make_unique<KeyWatch>(trail_of(index), simulation_, clocks_.of(index),
                                       keys_.held(index), [this, index](const KeyId& key) {
                                           return host::name_in_log(keys_.coordinated(index, key));
                                       }));
    }
}

void KeyService::bring_up_coordinator(const chaos::Succession& succession) {
    maker_.bring_up(succession.keys == Fate::lost
                        ? std::optional(static_cast<std::int32_t>(succession.fault))
                        : std::nullopt);
}

}  // namespace reshake::world
