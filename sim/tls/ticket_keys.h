// Lends STEKs from the model to OpenSSL's ticket callback, and says why a ticket did not open.
//
// Source: RFC 5077 section 4; SSL_CTX_set_tlsext_ticket_key_evp_cb(3).
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <vector>

#include "models/stek.h"
#include "sim/base/random.h"
#include "sim/base/time.h"

namespace reshake::tls {

/// What became of a ticket, or of a session by its id, that a client offered.
enum class TicketVerdict {
    none_offered,
    accepted,
    key_retired,    ///< Sealed by a key that this ring has had and no longer keeps.
    unknown_key,    ///< Sealed by a key that this ring never had.
    expired,        ///< Opened or found, but older than the server's lifetime.
    other_context,  ///< Made for another session id context: another tenant's, or other settings.
    chain_too_old,  ///< Renewed so often that the full handshake at its head is too long ago.
    not_cached,     ///< Another server's session, or one of a memory that was lost.
    evicted,        ///< The cache was full.
    spent,          ///< Its single use is over.
    unclean_close,  ///< Its connection ended without close_notify, so OpenSSL dropped it.
    refused,        ///< There, and OpenSSL still made a full handshake: it was damaged, or made for
                    ///< another session id context or cipher suite.
};

/// The ring of keys of those servers that share them.
class TicketKeys {
public:
    /// `rotation` none: one key for ever. `root` names the ring ("edge/steks/ams").
    TicketKeys(std::optional<StekRotation> rotation, Random root);

    /// The key that seals new tickets at `now`. Valid until the next call.
    [[nodiscard]] const Stek& issuing(Instant now);

    struct Lookup {
        TicketVerdict verdict = TicketVerdict::unknown_key;  ///< accepted, key_retired, unknown_key
        const Stek* key = nullptr;  ///< Set if accepted. Valid until the next call.
    };
    [[nodiscard]] Lookup find(std::span<const std::byte, 16> key_name, Instant now);

private:
    [[nodiscard]] std::uint64_t current_generation(Instant now) const noexcept;
    void derive_up_to(std::uint64_t generation);

    std::optional<StekRotation> rotation_;
    Random root_;
    std::map<std::array<std::byte, 16>, std::uint64_t> generation_of_;
    std::vector<Stek> steks_;  ///< By generation; made when first needed.
};

}  // namespace reshake::tls
