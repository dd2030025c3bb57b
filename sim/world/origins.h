// The host names of a fleet and the certificates behind them.
#pragma once

#include <cstdint>
#include <list>
#include <memory>
#include <string>
#include <vector>

#include "models/clients.h"
#include "models/external_psk.h"
#include "models/fleet.h"
#include "models/scenario.h"
#include "models/tenants.h"
#include "sim/base/random.h"
#include "sim/tls/certificates.h"
#include "sim/tls/context.h"
#include "sim/tls/key_ring.h"
#include "sim/tls/library.h"

namespace reshake::world {

/// Those of every client that has one.
[[nodiscard]] ExternalPsks external_psks(const Scenario& scenario, const Random& root);

/// One certificate for the fleet, or one for each of its tenants.
class Origins {
public:
    /// `library`, `fleet` and `psks` must outlive this, and every context that it makes.
    /// Certificates are drawn from `random`, a tenant's by its name.
    Origins(const tls::Library& library, const Fleet& fleet, const ExternalPsks& psks,
            const Random& random);

    struct Names {
        std::int16_t tenant = -1;  ///< Index into Fleet.tenants; -1: the fleet has none.
        std::vector<std::string> hosts;
        const tls::Chain* chain = nullptr;
    };
    /// One entry per certificate, in the order of the fleet's tenants.
    [[nodiscard]] const std::vector<Names>& all() const noexcept { return all_; }
    /// Those of the tenants that `clients` ask for.
    [[nodiscard]] std::vector<Names> of(const Clients& clients) const;

    /// For a process that begins on a server of the fleet.
    [[nodiscard]] std::unique_ptr<tls::ServerContext> serve(const ServerTls& settings,
                                                            const Tickets& tickets,
                                                            tls::KeyRing& keys) const;

private:
    const tls::Library& library_;
    const Fleet& fleet_;
    const ExternalPsks& psks_;
    std::list<tls::Chain> chains_;
    std::vector<Names> all_;
};

}  // namespace reshake::world
