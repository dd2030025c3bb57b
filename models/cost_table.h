// What cryptography costs: a table of CPU times per operation.
//
// Source: the table built in is our measurement of OpenSSL 3.5.7 on one x86-64 server core
// (2026-11,
//         gcc 12), the shipped profile "server-core"; a test holds the two equal.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sim/base/fields.h"
#include "sim/base/time.h"

namespace reshake {

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

[[nodiscard]] constexpr auto names_of(CryptoOperation) noexcept {
    return std::array<std::string_view, 10>{"sign",       "verify",      "keygen",
                                            "derive",     "encapsulate", "decapsulate",
                                            "kdf",        "cipher",      "handshake_message",
                                            "certificate"};
}

/// One line of a table: a fixed part, and a part per byte of the operation's size.
struct CostLine {
    static constexpr std::string_view type_name = "CostLine";

    CryptoOperation operation{};
    std::string algorithm{};               ///< How its name starts; empty: any.
    std::optional<std::uint64_t> up_to{};  ///< The largest size the line is for; none: any.
    double microseconds = 0.0;
    double nanoseconds_per_byte = 0.0;

    bool operator==(const CostLine&) const = default;
    static constexpr auto fields() {
        return fields_of(
            field("operation", &CostLine::operation), field("algorithm", &CostLine::algorithm),
            field("up_to", &CostLine::up_to),
            field("microseconds", &CostLine::microseconds, bounds::not_negative),
            field("nanoseconds_per_byte", &CostLine::nanoseconds_per_byte, bounds::not_negative));
    }
};

/// The first line of an operation that fits counts. So a longer name comes before the name it
/// starts with, small sizes before large ones, and the line for any algorithm last.
///
/// Invariant: costs are finite and not negative.
class CostTable {
public:
    explicit CostTable(std::vector<CostLine> lines);

    /// CPU time of one operation; zero if no line fits.
    ///
    /// `algorithm` is the provider's first name ("ECDSA", "RSA", "X25519", "EC", "AES-256-GCM"),
    /// empty for messages and certificates. `size` is the operation's own measure: signature length
    /// for sign and verify, key length for keygen, secret length for derive, length of the
    /// encapsulation for encapsulate and decapsulate, output length for kdf, input length for
    /// cipher, 0 elsewhere.
    /// Units: bytes.
    [[nodiscard]] Duration cost(CryptoOperation operation, std::string_view algorithm,
                                std::size_t size) const noexcept;

    /// Sorted by operation; those of one operation as they were given.
    [[nodiscard]] const std::vector<CostLine>& lines() const noexcept { return lines_; }

    bool operator==(const CostTable&) const = default;

private:
    static constexpr std::size_t operations = names_of(CryptoOperation{}).size();

    std::vector<CostLine> lines_;
    std::array<std::uint32_t, operations + 1> begins_{};  ///< Where each operation's lines are.
};

/// The table of the profile "server-core". Lives as long as the process.
[[nodiscard]] const CostTable& server_core_costs();

}  // namespace reshake
