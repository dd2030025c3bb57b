#include "sim/world/fleet_keys.h"

#include <utility>

namespace reshake::world {

std::string server_name(const Fleet& fleet) {
    return fleet.name + ".example";  // RFC 2606: nobody's.
}

FleetKeys::FleetKeys(const tls::Library& library, const Fleet& fleet, const tls::Chain& chain,
                     const Random& random)
    : servers_per_site_(fleet.servers_per_site) {
    const TicketKeyScope scope = fleet.tickets.keys;
    if (scope == TicketKeyScope::shared) new_ring(fleet, random.stream("shared"));
    for (const Site& site : fleet.sites) {
        // Named by the site, so that another site more does not change these keys.
        if (scope == TicketKeyScope::per_site) {
            new_ring(fleet, random.stream("per-site").stream(site.name));
        }
        for (std::uint32_t server = 0; server < servers_per_site_; ++server) {
            if (scope == TicketKeyScope::per_server) {
                new_ring(fleet, random.stream("per-server").stream(site.name).stream(server));
            }
            contexts_.emplace_back(library, fleet.tls, fleet.tickets, chain, rings_.back());
            by_server_.push_back(&contexts_.back());
        }
    }
}

void FleetKeys::new_ring(const Fleet& fleet, Random root) {
    rings_.emplace_back(fleet.tickets.rotation, std::move(root));
}

tls::ServerContext& FleetKeys::context(std::size_t site, std::uint32_t server) {
    return *by_server_.at(site * servers_per_site_ + server);
}

}  // namespace reshake::world
