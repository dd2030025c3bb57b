// What the servers of a fleet hold: ticket keys, shared as far as the fleet says, and the settings
// of each server's process, of which its TLS context is made.
#pragma once

#include <cstddef>
#include <cstdint>
#include <list>
#include <map>
#include <memory>
#include <optional>
#include <tuple>
#include <vector>

#include "models/fleet.h"
#include "sim/base/random.h"
#include "sim/chaos/operator.h"
#include "sim/history/history.h"
#include "sim/tls/context.h"
#include "sim/tls/ticket_keys.h"
#include "sim/world/origins.h"

namespace reshake::world {

/// One ring per scope, until a fault loses keys: those of its servers that share keys by their
/// scope have a new ring from then on, made from the name of the fault.
class FleetKeys {
public:
    /// All must outlive this, and this every context that it makes.
    FleetKeys(const Fleet& fleet, const Origins& origins, Random random);

    /// For a process that begins on that server, with an empty memory.
    [[nodiscard]] std::unique_ptr<tls::ServerContext> make_context(chaos::ServerIndex server) const;
    [[nodiscard]] tls::TicketKeys& ring(chaos::ServerIndex server) const;

    /// Settings and keys of the server as they are after `succession`.
    void change(chaos::ServerIndex server, const chaos::Succession& succession, Instant now);

    /// A row for each generation of each ring in use within the run.
    void record(Duration run, history::History& history) const;

private:
    struct Ring {
        tls::TicketKeys keys;
        std::optional<StekRotation> rotation;
        history::TicketKey row;  ///< Whose it is.
        Instant from = run_start;
        Instant until = never;  ///< When its last server left it.
        std::uint32_t servers = 0;
    };
    struct Settings {
        const ServerTls* tls;
        const Tickets* tickets;
        Ring* ring;
    };

    /// The ring of `server` that `fault` brings (-1: that of the start), made when first asked for.
    [[nodiscard]] Ring& ring_of(chaos::ServerIndex server, const Tickets& tickets,
                                std::int32_t fault, Instant now);
    [[nodiscard]] const Settings& settings(chaos::ServerIndex server) const;

    const Fleet& fleet_;
    const Origins& origins_;
    const Random random_;
    std::list<Ring> rings_;  ///< A list: contexts keep references.
    std::map<std::tuple<std::int32_t, std::int32_t, std::int32_t>, Ring*> by_owner_;
    std::vector<Settings> servers_;
};

}  // namespace reshake::world
