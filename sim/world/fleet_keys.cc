#include "sim/world/fleet_keys.h"

#include <iterator>
#include <utility>

namespace reshake::world {

std::string server_name(const Fleet& fleet) {
    return fleet.name + ".example";  // RFC 2606: nobody's.
}

FleetKeys::FleetKeys(const tls::Library& library, const Fleet& fleet, const tls::Chain& chain,
                     const Random& random) {
    const bool per_site = fleet.tickets.keys == TicketKeyScope::per_site;
    const std::size_t rings_wanted = per_site ? fleet.sites.size() : 1;
    for (std::size_t i = 0; i < rings_wanted; ++i) {
        // Named by the site, so that another site more does not change these keys.
        Random root = per_site ? random.stream("per-site").stream(fleet.sites[i].name)
                               : random.stream("shared");
        rings_.emplace_back(fleet.tickets.rotation, std::move(root));
        contexts_.emplace_back(library, fleet.tls, fleet.tickets, chain, rings_.back());
    }
}

tls::ServerContext& FleetKeys::context_of_site(std::size_t site) {
    return *std::next(contexts_.begin(),
                      static_cast<std::ptrdiff_t>(contexts_.size() > 1 ? site : 0));
}

}  // namespace reshake::world
