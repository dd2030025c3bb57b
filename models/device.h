// What cryptography costs on a device: a table of CPU times per operation, cores, and speed.
//
// Source: the built-in table is our measurement of OpenSSL 3.5.7 on one x86-64 server core
//         (2026-11, gcc 12); slower devices are that table times `slowdown`.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <tuple>

#include "sim/base/fields.h"
#include "sim/base/time.h"

namespace reshake {

/// A machine that computes. Work beyond its cores waits in a queue, first come first served.
struct Device {
    static constexpr std::string_view type_name = "Device";

    std::uint32_t cores = 1;
    double slowdown = 1.0;  ///< CPU time of an operation relative to the built-in table.

    bool operator==(const Device&) const = default;
    static constexpr auto fields() {
        return std::tuple{field("cores", &Device::cores, {.at_least = 1.0, .at_most = 4096.0}),
                          field("slowdown", &Device::slowdown, {.at_least = 0.0, .at_most = 1e4})};
    }
};

/// What is charged for: the operations of OpenSSL's providers, and around them the state machine's
/// own work on messages and certificates (a quarter of a handshake).
enum class CryptoOperation {
    sign,
    verify,
    keygen,
    derive,
    encapsulate,
    decapsulate,
    kdf,
    cipher,
    handshake_message,  ///< One built or taken apart, hashed, kept.
    certificate,        ///< One parsed and placed in a chain, without its signature.
};

/// CPU time of one operation on a device with slowdown 1.
///
/// `algorithm` is the provider's first name ("ECDSA", "RSA", "X25519", "EC", "AES-256-GCM"), empty
/// for messages and certificates. `size` is the operation's own measure: signature length for sign
/// and verify, key length for keygen, secret length for derive, length of the encapsulation for
/// encapsulate and decapsulate, output length for kdf, input length for cipher, 0 elsewhere.
/// Units: bytes. An algorithm that the table does not name costs as its class says there.
[[nodiscard]] Duration crypto_cost(CryptoOperation operation, std::string_view algorithm,
                                   std::size_t size) noexcept;

/// Changes whenever any line of the table does: part of what identifies a run's results.
[[nodiscard]] std::uint64_t cost_table_digest() noexcept;

}  // namespace reshake
