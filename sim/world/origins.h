// The host names of a fleet and the certificates behind them.
#pragma once

#include <cstdint>
#include <list>
#include <map>
#include <memory>
#include <string>
#include <utility>
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
            Random random);
    Origins(const Origins&) = delete;
    Origins& operator=(const Origins&) = delete;

    /// One chain per entry of `all`, made alike.
    struct ChainSet {
        tls::ChainPlan plan;
        std::int64_t fault = -1;  ///< Whose keys: -1, those of the start.
        std::vector<const tls::Chain*> chains;
    };
    [[nodiscard]] const ChainSet& at_start() const noexcept { return sets_.front(); }
    // What faults make of the chains `of`; made once for all servers that a fault is about.
    /// The same certificates, but for one that has expired at `when`.
    [[nodiscard]] const ChainSet& expired(const ChainSet& of, ChainPart which, Instant when,
                                          std::uint32_t fault);
    /// Others under the same root, named by the fault.
    [[nodiscard]] const ChainSet& replaced(const ChainSet& of, const CertificateReplacement& by,
                                           std::uint32_t fault);

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
                                                            tls::KeyRing& keys,
                                                            const ChainSet& chains) const;

private:
    const tls::Library& library_;
    const Fleet& fleet_;
    const ExternalPsks& psks_;
    /// The chains of `plan` for every entry of `all_`.
    [[nodiscard]] const ChainSet& make(tls::ChainPlan plan, std::int64_t fault);

    const Random random_;
    std::list<tls::Chain> chains_;
    std::list<ChainSet> sets_;  ///< A list: servers keep references.
    std::map<std::pair<std::uint32_t, const ChainSet*>, const ChainSet*> by_fault_;
    std::vector<Names> all_;
};

}  // namespace reshake::world
