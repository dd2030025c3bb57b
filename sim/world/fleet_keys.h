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
#include "sim/tls/impaired_keys.h"
#include "sim/tls/ticket_keys.h"
#include "sim/world/clocks.h"
#include "sim/world/key_account.h"
#include "sim/world/origins.h"

namespace reshake::world {

/// One ring per scope, until a fault loses keys: those of its servers that share keys by their
/// scope, and turn them alike, have a new ring from then on, made from the name of the fault. Where
/// a coordinator hands keys out, each server has what has reached it.
///
/// Invariant: a ring is what its servers' settings say, in scope and rotation. A change of settings
/// that wants another one loses the keys, whatever else it says.
class FleetKeys {
public:
    /// All must outlive this, and this every context that it makes.
    FleetKeys(const Fleet& fleet, Origins& origins, const Clocks& clocks, Random random);

    /// For a process that begins on that server, with an empty memory.
    [[nodiscard]] std::unique_ptr<tls::ServerContext> make_context(chaos::ServerIndex server) const;
    [[nodiscard]] tls::KeyRing& ring(chaos::ServerIndex server) const;

    // What changes settings returns whether the server has other keys since.

    /// Settings and keys of the server as they are after `succession`.
    bool change(chaos::ServerIndex server, const chaos::Succession& succession, Instant now);

    // What faults do to one server until they take it back; of several, the last one counts. New
    // keys end what was wrong with the old ones.
    void desync(chaos::ServerIndex server, DesyncedKeys keys, std::uint32_t fault, Instant now);
    void corrupt(chaos::ServerIndex server, std::uint32_t fault, Instant now);
    /// Takes back either.
    void mend(chaos::ServerIndex server, std::uint32_t fault, Instant now);
    void present(chaos::ServerIndex server, const Origins::ChainSet& chains, std::uint32_t fault);
    void present_no_more(chaos::ServerIndex server, std::uint32_t fault);
    [[nodiscard]] const Origins::ChainSet& chains(chaos::ServerIndex server) const;
    bool flip(chaos::ServerIndex server, const PolicyFlip& flip, std::uint32_t fault, Instant now);
    bool flip_back(chaos::ServerIndex server, std::uint32_t fault, Instant now);
    /// As a flip; where it loses the keys, they come back when it is taken back, unless the server
    /// has lost keys meanwhile.
    bool roll_out(chaos::ServerIndex server, const StagedRollout& rollout, std::uint32_t fault,
                  Instant now);
    bool roll_back(chaos::ServerIndex server, std::uint32_t fault, Instant now);

    /// The key that a coordinator makes for that server.
    [[nodiscard]] Stek coordinated(chaos::ServerIndex server, const KeyId& key) const;
    /// What a coordinator has handed that server.
    [[nodiscard]] const HeldKeys& held(chaos::ServerIndex server) const;
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
        std::optional<StekRotation> rotation{};

        auto operator<=>(const Owner&) const = default;
    };
    struct Ring {
        tls::TicketKeys keys;
        Owner owner;
        Instant from = run_start;
        Instant until = never;  ///< When its last server left it.
        std::uint32_t servers = 0;
        /// From when to when it was in use before.
        std::vector<std::pair<Instant, Instant>> earlier{};
    };
    /// What one server alone can tell of its keys, where not all have the same at the same instant.
    struct Own {
        chaos::ServerIndex server;
        Owner owner;                                 ///< Of what the schedule or coordinator makes.
        std::unique_ptr<tls::DeliveredKeys> handed;  ///< Null: derived from the clock.
        KeyAccount account;
    };
    /// A ring of a server in place of the one it should have.
    struct Impairment {
        std::uint32_t fault = 0;
        tls::KeyRing* keys = nullptr;
        Ring* ring = nullptr;               ///< To be recorded, where it has keys of its own.
        tls::ImpairedKeys* laid = nullptr;  ///< Else: what lies over the keys before.
    };
    struct Presented {
        std::uint32_t fault = 0;
        const Origins::ChainSet* chains = nullptr;
    };
    struct Flipped {
        std::uint32_t fault = 0;
        const ServerTls* tls = nullptr;    ///< Null: as before.
        const Tickets* tickets = nullptr;  ///< Null: as before.
    };
    struct SetAside {
        std::uint32_t fault = 0;
        Ring* ring = nullptr;
    };
    struct Settings {
        const ServerTls* tls;
        const Tickets* tickets;
        Ring* ring = nullptr;  ///< Null: keys are handed out.
        Own* own = nullptr;    ///< Null: all that can be told is the ring's.
        std::vector<Impairment> impaired{};
        std::vector<Presented> presented{};
        std::vector<Flipped> flipped{};
        std::optional<SetAside> set_aside{};  ///< What a rollout that is taken back brings back.
    };

    [[nodiscard]] static Owner owner_of(chaos::ServerIndex server, const Tickets& tickets,
                                        std::int32_t fault);
    [[nodiscard]] Random root_of(const Owner& owner, TicketKeyScope scope) const;
    /// The keys that a server would have if nothing were wrong with them.
    [[nodiscard]] tls::KeyRing& sound_ring(const Settings& own) const;
    void leave(const Impairment& impairment, Instant now);
    /// The ring of `server` that `fault` brings (-1: that of the start), made when first asked for.
    [[nodiscard]] Ring& ring_of(chaos::ServerIndex server, const Tickets& tickets,
                                std::int32_t fault, Instant now);
    void change_ring(chaos::ServerIndex server, Ring& ring, Instant now);
    void use_ring(chaos::ServerIndex server, Ring& ring, Instant now);
    static void leave_ring(Ring& ring, Instant now);
    /// A new process of the server knows none of its keys.
    void lose_keys(chaos::ServerIndex server, std::uint32_t fault, Instant now);
    /// Whether a ring is what a server's settings say.
    [[nodiscard]] bool suits(const Ring& ring, chaos::ServerIndex server) const;
    /// Has the server lose keys that do not suit it; says whether they did not.
    bool suit(chaos::ServerIndex server, std::uint32_t fault, Instant now);
    /// Puts the server's ring into the place of all that has been wrong with its keys.
    void forget_impairments(Settings& own, Instant now);
    /// As they are now, flips included.
    [[nodiscard]] static const Tickets& tickets_of(const Settings& own);
    void give_delivered(chaos::ServerIndex server);
    [[nodiscard]] Settings& settings(chaos::ServerIndex server);
    [[nodiscard]] const Settings& settings(chaos::ServerIndex server) const;

    void record(const Ring& ring, Duration run, history::History& history);
    void record(const Ring& ring, Instant from, Instant until, Duration run,
                history::History& history);
    void record(const Own& own, history::History& history);
    /// Equal for equal keys, whoever has them.
    [[nodiscard]] std::uint32_t number_of(const Owner& owner, const KeyId& key);
    [[nodiscard]] std::uint32_t number_of(const Owner& owner);

    const Fleet& fleet_;
    Origins& origins_;
    const Clocks& clocks_;
    const Random random_;
    std::list<Ring> rings_;  ///< A list: contexts keep references.
    std::map<Owner, Ring*> by_owner_;
    std::list<std::unique_ptr<tls::ImpairedKeys>>
        impaired_;  ///< Contexts keep references to these, too.
    std::list<Own> own_;
    std::vector<Settings> servers_;
    std::map<std::pair<Owner, KeyId>, std::uint32_t> numbers_;
    std::map<Owner, std::uint32_t> ring_numbers_;
};

}  // namespace reshake::world
