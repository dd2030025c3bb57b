// Keys that clients and servers were given beforehand, and that authenticate without a certificate.
//
// Source: RFC 8446 section 4.2.11; RFC 9257 (one client and one server to a key, long random keys).
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sim/base/random.h"

namespace reshake {

/// A simulated secret: it follows from the run's seed. Bound to SHA-384, the hash of the cipher
/// suite that OpenSSL prefers: where another is negotiated, OpenSSL passes it over.
struct ExternalPsk {
    std::string identity;
    std::array<std::byte, 32> key{};

    bool operator==(const ExternalPsk&) const = default;
};

/// The keys of a run: each client of some populations has one, and every server knows it.
class ExternalPsks {
public:
    /// `populations` are the names of those whose clients have one.
    ExternalPsks(Random root, std::vector<std::string> populations);

    /// Of a client of one of the populations: "phones/17".
    [[nodiscard]] ExternalPsk of(std::string_view population, std::uint32_t client) const;
    /// Nothing if nobody has that identity; the ticket of a session is none.
    [[nodiscard]] std::optional<ExternalPsk> find(std::string_view identity) const;

private:
    [[nodiscard]] ExternalPsk made(std::string identity) const;

    Random root_;
    std::vector<std::string> populations_;
};

}  // namespace reshake
