// What the servers of a fleet hold in common: their name, ticket keys and TLS contexts.
#pragma once

#include <cstddef>
#include <list>
#include <string>

#include "models/fleet.h"
#include "sim/base/random.h"
#include "sim/tls/certificates.h"
#include "sim/tls/context.h"
#include "sim/tls/library.h"
#include "sim/tls/ticket_keys.h"

namespace reshake::world {

/// The name in every certificate and every ClientHello of `fleet`.
[[nodiscard]] std::string server_name(const Fleet& fleet);

/// Keys and contexts: one ring per scope, one context per ring.
class FleetKeys {
public:
    FleetKeys(const tls::Library& library, const Fleet& fleet, const tls::Chain& chain,
              const Random& random);

    [[nodiscard]] tls::ServerContext& context_of_site(std::size_t site);

private:
    // Lists: contexts keep references to their rings, endpoints to their contexts.
    std::list<tls::TicketKeys> rings_;
    std::list<tls::ServerContext> contexts_;
};

}  // namespace reshake::world
