// A server's memory of ClientHellos with early data, so that a copy is not accepted again.
//
// Source: RFC 8446 section 8.2: a server needs to remember a ClientHello only for as long as its
//         ticket's age would still look fresh (section 8.3).
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <unordered_set>

#include "sim/base/time.h"

namespace reshake {

class ClientHelloRecord {
public:
    /// `window` is how long a ClientHello can pass the freshness check.
    explicit ClientHelloRecord(Duration window) noexcept : window_(window) {}

    /// Notes a ClientHello by its random value. Returns whether it is the first of its kind.
    [[nodiscard]] bool note(std::span<const std::byte, 32> random, Instant now);

private:
    Duration window_;
    // This window's and the one's before: what is older no longer looks fresh.
    std::unordered_set<std::uint64_t> seen_;
    std::unordered_set<std::uint64_t> seen_before_;
    Instant turned_ = run_start;
};

}  // namespace reshake
