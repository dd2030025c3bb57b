// What the servers of a fleet hold: ticket keys, shared as far as the fleet says, and the settings
// of each server's process, of which its TLS context is made.
#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <list>
#include <map>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "models/fleet.h"
#include "models/held_keys.h"
#include "sim/base/random.h"
#include "sim/chaos/operator.h"
#include "sim/history/history.h"
#include "sim/tls/context.h"
#include "sim/tls/delivered_keys.h"
#include "sim/tls/ticket_keys.h"
#include "sim/world/clocks.h"
#include "sim/world/key_account.h"
#include "sim/world/origins.h"

namespace reshake::world {

/// One ring per scope, until a fault loses keys: those of its servers that share keys by their
/// scope have a new ring from then on, made from the name of the fault. Where a coordinator hands
/// keys out, each server has what has reached it.
class FleetKeys {
public:
    /// All must outlive this, and this every context that it makes.
    FleetKeys(const Fleet& fleet, const Origins& origins, const Clocks& clocks, Random random);

    /// For a process that begins on that server, with an empty memory.
    [[nodiscard]] std::unique_ptr<tls::ServerContext> make_context(chaos::ServerIndex server) const;
    [[nodiscard]] tls::KeyRing& ring(chaos::ServerIndex server) const;

    /// Settings and keys of the server as they are after `succession`.
    void change(chaos::ServerIndex server, const chaos::Succession& succession, Instant now);

    /// The key that a coordinator makes for that server.
    [[nodiscard]] Stek coordinated(chaos::ServerIndex server, const KeyId& key) const;
    /// It has reached the server.
    void receive(chaos::ServerIndex server, const HandedKey& key, const Stek& stek, Instant now);
    /// To be called before any clock is touched.
    void settle(Instant now);

    /// A row for each generation of each ring in use within the run.
    void record(Duration run, history::History& history);

private:
    /// Whose keys: those that servers have in common have one owner.
    struct Owner {
        std::int32_t fault = -1;   ///< What brought them; -1: there at the start.
        std::int32_t site = -1;    ///< -1: the fleet's.
        std::int32_t server = -1;  ///< From 1, as in paths; -1: the site's.

        auto operator<=>(const Owner&) const = default;
    };
    struct Ring {
        tls::TicketKeys keys;
        std::optional<StekRotation> rotation;
        Owner owner;
        Instant from = run_start;
        Instant until = never;  ///< When its last server left it.
        std::uint32_t servers = 0;
    };
    /// What one server alone can tell of its keys, where not all have the same at the same instant.
    struct Own {
        chaos::ServerIndex server;
        Owner owner;                                 ///< Of what the schedule or coordinator makes.
        std::unique_ptr<tls::DeliveredKeys> handed;  ///< Null: derived from the clock.
        KeyAccount account;
    };
    struct Settings {
        const ServerTls* tls;
        const Tickets* tickets;
        Ring* ring = nullptr;  ///< Null: keys are handed out.
        Own* own = nullptr;    ///< Null: all that can be told is the ring's.
    };

    [[nodiscard]] Owner owner_of(chaos::ServerIndex server, TicketKeyScope scope,
                                 std::int32_t fault) const;
    [[nodiscard]] Random root_of(const Owner& owner, TicketKeyScope scope) const;
    /// The ring of `server` that `fault` brings (-1: that of the start), made when first asked for.
    [[nodiscard]] Ring& ring_of(chaos::ServerIndex server, const Tickets& tickets,
                                std::int32_t fault, Instant now);
    void give_ring(chaos::ServerIndex server, std::int32_t fault, Instant now);
    void give_delivered(chaos::ServerIndex server);
    [[nodiscard]] Settings& settings(chaos::ServerIndex server);
    [[nodiscard]] const Settings& settings(chaos::ServerIndex server) const;

    void record(const Ring& ring, Duration run, history::History& history);
    void record(const Own& own, history::History& history);
    /// Equal for equal keys, whoever has them.
    [[nodiscard]] std::uint32_t number_of(const Owner& owner, const KeyId& key);

    const Fleet& fleet_;
    const Origins& origins_;
    const Clocks& clocks_;
    const Random random_;
    std::list<Ring> rings_;  ///< A list: contexts keep references.
    std::map<Owner, Ring*> by_owner_;
    std::list<Own> own_;
    std::vector<Settings> servers_;
    std::map<std::pair<Owner, KeyId>, std::uint32_t> numbers_;
};

}  // namespace reshake::world
