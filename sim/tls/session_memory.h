// Why a session that a client offers is not in a server's cache (any more).
//
// OpenSSL keeps the sessions and decides; it does not tell why it has none. This follows what it
// stores and drops, and remembers each drop for as long as a client may still offer the session.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <unordered_map>

#include "models/recent_reasons.h"
#include "sim/base/time.h"
#include "sim/tls/key_ring.h"

namespace reshake::tls {

class SessionMemory {
public:
    explicit SessionMemory(Duration lifetime) noexcept : dropped_(lifetime) {}

    using Id = std::span<const std::byte>;

    /// The cache has stored a session, which times out after `until`.
    void stored(Id id, Instant until);
    /// The cache has dropped it: `why` is spent, evicted, expired or unclean_close.
    void dropped(Id id, TicketVerdict why, Instant now);

    /// What an offer of `id` at `now` meets: a drop's reason; `expired` or `refused` for a session
    /// that is there, the latter until the handshake says that it resumed; `not_cached` for one
    /// that this server never had, or had before its memory was lost.
    [[nodiscard]] TicketVerdict verdict(Id id, Instant now) const;

private:
    std::unordered_map<std::uint64_t, Instant> stored_;
    RecentReasons<TicketVerdict> dropped_;  ///< What is older has timed out at every client.
};

}  // namespace reshake::tls
