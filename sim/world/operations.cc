#include "sim/world/operations.h"

#include "sim/base/check.h"

namespace reshake::world {

void Operations::add(chaos::ServerIndex server, net::MachineId machine,
                     const net::FastOpenKey& fast_open) {
    RESHAKE_CHECK(server.site * fleet_.servers_per_site + server.server == by_index_.size());
    by_index_.push_back(&servers_.emplace_back(surroundings_, fleet_, keys_.make_context(server),
                                               machine, fast_open));
}

host::Server& Operations::at(chaos::ServerIndex server) {
    return *by_index_.at(server.site * fleet_.servers_per_site + server.server);
}

void Operations::succeed(chaos::ServerIndex server, const chaos::Succession& succession) {
    keys_.change(server, succession, surroundings_.simulation.now());
    if (succession.memory == Fate::lost) {
        at(server).succeed(keys_.make_context(server));
    } else {
        // `validate` has seen to it that the settings are the same: so the memory goes on as it is.
        at(server).context().change_keys(keys_.ring(server));
    }
}

}  // namespace reshake::world
