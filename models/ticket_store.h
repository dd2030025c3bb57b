// The client's store of session tickets: what it keeps, and which ticket it offers next.
//
// Source: RFC 8446 section 4.6.1 (lifetime) and appendix C.4 (a ticket should be used once);
//         RFC 5077 section 3.4 and RFC 5246 section 7.3 (sessions may be resumed again and again).
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "sim/base/fields.h"
#include "sim/base/time.h"

namespace reshake {

/// Which tickets a client offers more than once. TLS 1.2 servers need not renew a session that is
/// resumed; a TLS 1.3 ticket that is used twice lets an observer link the two connections.
enum class TicketReuse { single_use, tls_1_2, always };

[[nodiscard]] constexpr auto names_of(TicketReuse) noexcept {
    return std::array<std::string_view, 3>{"never", "TLSv1.2", "always"};
}

/// What becomes of a connection's tickets when it ends without close_notify. OpenSSL marks its
/// session as not resumable then; whether that reaches a ticket is the client library's choice.
enum class UncleanEnd { keep, drop };

[[nodiscard]] constexpr auto names_of(UncleanEnd) noexcept {
    return std::array<std::string_view, 2>{"keep", "drop"};
}

/// To whom a ticket may be offered. RFC 8446 section 4.6.1: to names of the certificate that the
/// session rests on, and better only to the name that it came from.
enum class TicketScope {
    origin,       ///< The host name that sent it.
    certificate,  ///< Every host name of that one's certificate.
    any,          ///< Anybody: a client that breaks the rule.
};

[[nodiscard]] constexpr auto names_of(TicketScope) noexcept {
    return std::array<std::string_view, 3>{"origin", "certificate", "any"};
}

/// A host name of a fleet: one of those of a tenant.
struct Origin {
    std::int16_t tenant = -1;  ///< Index into Fleet.tenants; -1: the fleet has none.
    std::uint16_t host = 0;    ///< Among the tenant's names.

    bool operator==(const Origin&) const = default;
};

/// How a client's library stores tickets.
///
/// Source: RFC 8446 section 4.6.1: clients may delete tickets before their lifetime is over, and
///         should bound the lifetime of the keying material that tickets carry on.
struct TicketStorage {
    static constexpr std::string_view type_name = "TicketStorage";

    std::optional<std::uint32_t> capacity{};  ///< Per scope, the oldest goes first; none: no limit.
    TicketScope scope = TicketScope::origin;
    TicketReuse reuse = TicketReuse::tls_1_2;
    bool persistent = true;          ///< Survives restarts of the app; else it is memory.
    bool encrypted_at_rest = false;  ///< What is stored is sealed under a key of the device.
    UncleanEnd after_unclean_end = UncleanEnd::keep;
    std::optional<Duration> max_age{};  ///< Since its receipt, should its lifetime be longer.
    /// Since the full handshake at the head of a chain of renewals; none: chains go on for ever.
    std::optional<Duration> max_chain_age{};

    bool operator==(const TicketStorage&) const = default;
    static constexpr auto fields() {
        return fields_of(
            field("capacity", &TicketStorage::capacity, {.at_least = 0.0, .at_most = 1e6}),
            field("scope", &TicketStorage::scope), field("reuse", &TicketStorage::reuse),
            field("persistent", &TicketStorage::persistent),
            field("encrypted_at_rest", &TicketStorage::encrypted_at_rest),
            field("after_unclean_end", &TicketStorage::after_unclean_end),
            field("max_age", &TicketStorage::max_age, {.at_least = 1e9}),
            field("max_chain_age", &TicketStorage::max_chain_age, {.at_least = 1e9}));
    }
};

/// How a ticket's stay in a store ended.
enum class TicketEnd {
    kept,     ///< It has not.
    used_up,  ///< It was offered, and may not be offered again.
    expired,  ///< It was found too old when it might have been offered.
    evicted,  ///< There was no room for it, or no more when another one came.
    lost,     ///< The memory it was in is gone.
    dropped,  ///< Its connection ended without close_notify.
};

[[nodiscard]] constexpr auto names_of(TicketEnd) noexcept {
    return std::array<std::string_view, 6>{"kept",    "used_up", "expired",
                                           "evicted", "lost",    "dropped"};
}

/// Who wants to know.
class TicketWitness {
public:
    virtual ~TicketWitness() = default;
    /// The ticket of that `record` has left its store.
    virtual void ended(std::uint32_t record, TicketEnd why) noexcept = 0;
};

/// A ticket as the client holds it.
struct Ticket {
    std::vector<std::byte> session;  ///< DER of the session, ticket and resumption secret within;
                                     ///< sealed, where the store is encrypted at rest.
    Instant received_at = run_start;
    Duration lifetime{};                   ///< ticket_lifetime of the NewSessionTicket message.
    std::uint16_t version = 0;             ///< RFC 8446: 0x0304; RFC 5246: 0x0303.
    std::uint16_t cipher_suite = 0;        ///< IANA number.
    std::uint32_t connection = 0;          ///< The client's, by its own count, that brought it.
    Instant authenticated_at = run_start;  ///< The full handshake at the head of its chain.
    Origin authenticated_by{};             ///< Who was asked for in that handshake.
    std::uint32_t record = 0;              ///< What a TicketWitness knows it by.

    // How far clocks were ahead when it came: the client's, and that of the server that issued it.
    Duration clock_ahead{};
    Duration issuer_ahead{};

    /// Since its receipt, by the client's clock, which is `ahead` now.
    [[nodiscard]] Duration age(Instant now, Duration ahead) const noexcept {
        return now + ahead - (received_at + clock_ahead);
    }
    /// RFC 8446 section 4.6.1: a client must not use a ticket that has outlived its lifetime.
    [[nodiscard]] bool expired(Instant now, Duration ahead = {}) const noexcept {
        return age(now, ahead) > lifetime;
    }
};

/// Why a store has nothing to offer.
enum class NothingToOffer {
    first_visit,
    expired,
    clock_skew,  ///< Expired by a clock that is off; in truth they were young enough.
    all_used,
    lost,
    full,
    unclean_end,
};

/// Tickets of one client that may be offered to the same names. The newest is offered first.
/// A witness, where there is one, hears of each that leaves.
class TicketStore {
public:
    void keep(Ticket ticket, const TicketStorage& storage, TicketWitness* witness = nullptr);

    /// The ticket to offer at `now`, taken away unless it may be used again; expired ones are
    /// dropped on the way. The client's clock is `ahead`.
    [[nodiscard]] std::optional<Ticket> take(Instant now, const TicketStorage& storage,
                                             Duration ahead = {}, TicketWitness* witness = nullptr);

    /// Drops what `connection` brought.
    void drop(std::uint32_t connection, TicketWitness* witness = nullptr) noexcept;
    /// The memory they were in is gone.
    void lose(TicketWitness* witness = nullptr) noexcept;

    /// Why the store is empty: what took its last ticket away.
    [[nodiscard]] NothingToOffer why_nothing() const noexcept { return why_nothing_; }

    [[nodiscard]] std::size_t size() const noexcept { return tickets_.size(); }

private:
    std::vector<Ticket> tickets_;  ///< Oldest first.
    NothingToOffer why_nothing_ = NothingToOffer::first_visit;
};

/// All tickets of one client.
class TicketStores {
public:
    /// Those that may be offered to `origin`.
    [[nodiscard]] TicketStore& of(Origin origin, TicketScope scope);

    /// Drops what `connection` brought.
    void drop(std::uint32_t connection, TicketWitness* witness = nullptr) noexcept;
    /// The memory they were in is gone.
    void lose(TicketWitness* witness = nullptr) noexcept;

private:
    TicketStore usual_;  ///< Where there is one name, or one store for all.
    std::vector<std::pair<Origin, TicketStore>> others_;
};

}  // namespace reshake
