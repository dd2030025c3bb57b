// What the servers of a fleet hold: ticket keys, shared as far as the fleet says, and each its own
// TLS context.
#pragma once

#include <cstddef>
#include <cstdint>
#include <list>
#include <string>
#include <vector>

#include "models/fleet.h"
#include "sim/base/random.h"
#include "sim/tls/certificates.h"
#include "sim/tls/context.h"
#include "sim/tls/library.h"
#include "sim/tls/ticket_keys.h"

namespace reshake::world {

/// The name in every certificate and every ClientHello of `fleet`.
[[nodiscard]] std::string server_name(const Fleet& fleet);

/// One ring per scope, one context per server.
class FleetKeys {
public:
    FleetKeys(const tls::Library& library, const Fleet& fleet, const tls::Chain& chain,
              const Random& random);

    /// Servers are counted from 0 within their site.
    [[nodiscard]] tls::ServerContext& context(std::size_t site, std::uint32_t server);

private:
    void new_ring(const Fleet& fleet, Random root);

    std::uint32_t servers_per_site_;
    // Lists: contexts keep references to their rings, endpoints to their contexts.
    std::list<tls::TicketKeys> rings_;
    std::list<tls::ServerContext> contexts_;
    std::vector<tls::ServerContext*> by_server_;
};

}  // namespace reshake::world
