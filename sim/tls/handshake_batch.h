// Whole handshakes in memory, many at once and one side at a time, so that somebody with a clock
// can tell what each side takes on this machine.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "models/device.h"
#include "models/tls_settings.h"
#include "sim/tls/environment.h"

namespace reshake::tls {

/// What the handshakes of a batch have in common.
struct HandshakeKind {
    CertificateKey certificate = CertificateKey::ecdsa_p256;
    std::optional<std::string> groups{};  ///< OpenSSL's list; none: its default.
    bool resumed = false;                 ///< Each offers a ticket, and the server takes it.

    bool operator==(const HandshakeKind&) const = default;
};

/// Invariant: batches of the same kind and size do the same work.
class HandshakeBatch {
public:
    enum class Side { client, server };

    HandshakeBatch(const HandshakeKind& kind, std::uint32_t connections, const Device& payer);
    ~HandshakeBatch();
    HandshakeBatch(const HandshakeBatch&) = delete;
    HandshakeBatch& operator=(const HandshakeBatch&) = delete;

    /// Lets one side of every connection take what the other has sent and do all it can; the first
    /// time it makes that side too.
    void advance(Side side);

    /// Neither side has anything left to do: the client has the server's tickets.
    [[nodiscard]] bool finished() const;

    /// Frees one side of every connection. When both are free, the same can begin again.
    void release(Side side);

    /// What the payer was charged for one side of all connections since it was made.
    [[nodiscard]] const Cost& cost(Side side) const noexcept;

private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace reshake::tls
