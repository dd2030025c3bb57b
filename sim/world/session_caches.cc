#include "sim/world/session_caches.h"

#include <string>

namespace reshake::world {
namespace {

constexpr std::int32_t of_the_fleet = -1;

}  // namespace

SessionCaches::SessionCaches(const host::CacheSurroundings& surroundings, const Fleet& fleet,
                             chaos::Places& places, Random random)
    : surroundings_(surroundings), fleet_(fleet), random_(std::move(random)) {
    if (!fleet.session_cache) return;
    link_ = fleet.session_cache->link;
    if (fleet.session_cache->scope == CacheScope::shared) {
        build(of_the_fleet, places);
        return;
    }
    for (std::size_t site = 0; site < fleet.sites.size(); ++site) {
        build(static_cast<std::int32_t>(site), places);
    }
}

void SessionCaches::build(std::int32_t site, chaos::Places& places) {
    const SessionCache& settings = *fleet_.session_cache;
    const std::string all = fleet_.name + "/cache";
    std::string own = all;
    Random random = random_.stream("replicas");
    if (site != of_the_fleet) {
        // Named by its site, so that another site more does not change this one's link.
        const std::string& name = fleet_.sites[static_cast<std::size_t>(site)].name;
        own = fleet_.name + "/" + name + "/cache";
        random = random.stream(name);
    }
    for (std::uint32_t replica = 0; replica < settings.replicas; ++replica) {
        const Random link = random.stream(std::uint64_t{replica});
        Lanes& lanes = lanes_.emplace_back(
            Lanes{.up = Lane(link_, Direction::uplink, link.stream("up")),
                  .down = Lane(link_, Direction::downlink, link.stream("down"))});
        const auto machine = surroundings_.network.add_service(lanes.up, lanes.down);
        by_index_[{site, replica}] = &servers_.emplace_back(
            surroundings_, settings, fleet_.tickets.lifetime,
            host::CacheServer::Identity{.cache = site,
                                        .replica = static_cast<std::uint16_t>(replica + 1)},
            machine.machine);
        replicas_[site].push_back(surroundings_.network.address(machine.machine, host::cache_port));
        places.add(own, machine.place);
        if (own != all) places.add(all, machine.place);
        places.add(own + "/replica-" + std::to_string(replica + 1), machine.place);
    }
}

void SessionCaches::audit(history::History& history) {
    for (auto& [name, server] : by_index_) {
        const auto& [site, replica] = name;
        server->audit(trails_.emplace_back(surroundings_.simulation, history, site,
                                           static_cast<std::uint16_t>(replica + 1)));
    }
}

host::CacheServer& SessionCaches::at(chaos::CacheIndex cache) {
    return *by_index_.at({cache.site, cache.replica});
}

void SessionCaches::prepare(tls::ServerContext& context) const {
    if (!fleet_.session_cache) return;
    context.keep_sessions_remotely({.key_scope = fleet_.session_cache->key_scope,
                                    .sealed = fleet_.session_cache->encrypted_at_rest,
                                    .check_policy = fleet_.session_cache->check_policy,
                                    .keys = random_.stream("sealing keys")});
}

void SessionCaches::connect(host::Server& server, chaos::ServerIndex index,
                            net::MachineId machine) {
    if (!fleet_.session_cache) return;
    const auto site = static_cast<std::int32_t>(index.site);
    const auto cache = replicas_.contains(site) ? site : of_the_fleet;
    server.use_cache(clients_.emplace_back(
        surroundings_, *fleet_.session_cache,
        host::CacheClient::Identity{.cache = cache,
                                    .site = static_cast<std::uint16_t>(index.site),
                                    .server = static_cast<std::uint16_t>(index.server + 1)},
        machine, replicas_.at(cache)));
}

void SessionCaches::bring_up(chaos::CacheIndex cache, Fate memory) {
    if (memory == Fate::lost) at(cache).forget();
    at(cache).bring_up();
}

}  // namespace reshake::world
