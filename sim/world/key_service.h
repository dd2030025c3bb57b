// A fleet's key coordinator on the network, and the servers' sides of it.
#pragma once

#include <cstdint>
#include <functional>
#include <list>
#include <memory>
#include <vector>

#include "models/fleet.h"
#include "models/lane.h"
#include "sim/base/random.h"
#include "sim/chaos/operator.h"
#include "sim/history/history.h"
#include "sim/host/audit_trail.h"
#include "sim/host/key_agent.h"
#include "sim/host/key_maker.h"
#include "sim/host/visit.h"
#include "sim/net/network.h"
#include "sim/net/simulation.h"
#include "sim/world/clocks.h"
#include "sim/world/fleet_keys.h"
#include "sim/world/key_watch.h"

namespace reshake::world {

class KeyService {
public:
    /// Sets up every server of `map` with the keys of the start. All must outlive this.
    KeyService(const Fleet& fleet, const Clocks& clocks, FleetKeys& keys,
               net::Simulation& simulation, net::Network& network, const host::FleetMap& map,
               Random random);
    KeyService(const KeyService&) = delete;
    KeyService& operator=(const KeyService&) = delete;

    /// From now on what is handed out, received and retired is written down. Both must outlive
    /// this; `trail_of` gives a server's.
    void audit(history::History& history,
               const std::function<host::AuditTrail&(chaos::ServerIndex)>& trail_of);

    [[nodiscard]] net::PlaceId place() const noexcept { return machine_.place; }

    void take_down(chaos::ServerIndex server) { agent(server).take_down(); }
    void bring_up(chaos::ServerIndex server) { agent(server).bring_up(); }
    /// The server has lost its keys.
    void lose(chaos::ServerIndex server);

    void take_down_coordinator() { maker_.take_down(); }
    void bring_up_coordinator(const chaos::Succession& succession);
    void on_clock_changed();

private:
    [[nodiscard]] std::size_t number_of(chaos::ServerIndex server) const noexcept {
        return server.site * fleet_.servers_per_site + server.server;
    }
    [[nodiscard]] host::KeyAgent& agent(chaos::ServerIndex server) {
        return *by_index_.at(number_of(server));
    }
    void receive(chaos::ServerIndex server, const HandedKey& key, const Stek& stek);
    [[nodiscard]] chaos::ServerIndex index_of(std::size_t server) const noexcept {
        return {server / fleet_.servers_per_site,
                static_cast<std::uint32_t>(server % fleet_.servers_per_site)};
    }
    void set_up(std::size_t server, net::MachineId machine, const Random& random);

    const Fleet& fleet_;
    const KeyCoordinator& settings_;
    const Clocks& clocks_;
    FleetKeys& keys_;
    net::Simulation& simulation_;
    net::Network& network_;
    Access link_;
    Lane uplink_;
    Lane downlink_;
    net::Network::Server machine_;
    host::KeyMaker maker_;
    std::list<host::KeyAgent> agents_;
    std::vector<host::KeyAgent*> by_index_;           ///< Site by site.
    std::vector<std::unique_ptr<KeyWatch>> watches_;  ///< The same; empty: nobody asks.
};

}  // namespace reshake::world
