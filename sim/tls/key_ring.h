// Lends STEKs to OpenSSL's ticket callback, and says why a ticket did not open.
//
// Source: RFC 5077 section 4; SSL_CTX_set_tlsext_ticket_key_evp_cb(3).
#pragma once

#include <cstddef>
#include <span>

#include "models/stek.h"
#include "models/wall_clock.h"

namespace reshake::tls {

/// What became of a ticket, or of a session by its id, that a client offered.
enum class TicketVerdict {
    none_offered,
    accepted,
    key_retired,    ///< Sealed by a key that this ring has had and no longer keeps.
    unknown_key,    ///< Sealed by a key that this ring never had, or does not have yet.
    expired,        ///< Opened or found, but older than the server's lifetime.
    other_context,  ///< Made for another session id context: another tenant's, or other settings.
    chain_too_old,  ///< Renewed so often that the full handshake at its head is too long ago.
    not_cached,     ///< Another server's session, or one of a memory that was lost.
    evicted,        ///< The cache was full.
    spent,          ///< Its single use is over.
    unclean_close,  ///< Its connection ended without close_notify, so OpenSSL dropped it.
    cache_timeout,  ///< The cache outside of the server did not answer in time.
    expired_in_cache,  ///< The cache keeps entries for less time than the session lives.
    policy_changed,    ///< Found, and today's policy would not have issued it.
    key_damaged,       ///< The ring has a key of that name, and its bytes do not fit.
    revoked,           ///< Opened, and the policy has revoked what was made so long ago.
    refused,  ///< There, and OpenSSL still made a full handshake: it was damaged, or made for
              ///< another session id context or cipher suite.
};

/// The keys with which a server seals and opens tickets.
class KeyRing {
public:
    virtual ~KeyRing() = default;

    struct Sealing {
        const Stek* key = nullptr;  ///< Null: no ticket is issued. Valid until the next call.
        bool fails = false;         ///< And the handshake fails.
    };
    /// What seals new tickets; `at` is read from the server's clock.
    [[nodiscard]] virtual Sealing sealing(const Reading& at) = 0;

    struct Lookup {
        TicketVerdict verdict = TicketVerdict::unknown_key;  ///< accepted, key_retired, unknown_key
        const Stek* key = nullptr;  ///< Set if accepted. Valid until the next call.
    };
    [[nodiscard]] virtual Lookup find(std::span<const std::byte, 16> key_name,
                                      const Reading& at) = 0;
};

}  // namespace reshake::tls
