// The operations that a table of costs names, done on purpose, so that somebody with a clock can
// tell what they take on this machine. There is no clock in here.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>

#include "models/cost_table.h"
#include "models/device.h"
#include "sim/tls/environment.h"

namespace reshake::tls {

/// One thing that can be timed, named as metering names it: performed once, it is charged once.
struct Subject {
    CryptoOperation operation{};
    std::string_view algorithm{};
    std::size_t size = 0;    ///< Of an ECDSA signature the largest: some are a few bytes shorter.
    bool commonest = false;  ///< Of its operation: what an algorithm without a line is taken for.

    bool operator==(const Subject&) const = default;
};

class Calibration {
public:
    Calibration();
    ~Calibration();
    Calibration(const Calibration&) = delete;
    Calibration& operator=(const Calibration&) = delete;

    /// All that there is to time, but for messages and certificates, which only whole handshakes
    /// show.
    [[nodiscard]] static std::span<const Subject> subjects() noexcept;

    /// Performs the subject `index` that many times, and returns what `payer` is charged for it.
    ///
    /// Every call does the same work: it draws the same random bytes. The first call for a subject
    /// makes its keys as well, which nobody pays, but a clock sees.
    Cost perform(std::size_t index, std::uint32_t times, const Device& payer);

private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace reshake::tls
