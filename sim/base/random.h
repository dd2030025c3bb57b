// Seeded randomness, split by name so that adding one actor never shifts the draws of another.
//
// Source: SplitMix64 (Steele, Lea, Flood, OOPSLA 2014). Not cryptographic, and not meant to be.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "sim/base/check.h"
#include "sim/base/portable_math.h"
#include "sim/base/time.h"

namespace reshake {

/// One independent stream of draws.
///
/// Invariant: what a child stream yields depends on the run's seed and the path of names that leads
/// to it, never on draws already made or on the order in which streams were asked for.
class Random {
public:
    explicit Random(std::uint64_t seed) noexcept : origin_(mix(seed)), state_(origin_) {}

    /// Copying is forbidden: two copies would repeat each other.
    Random(const Random&) = delete;
    Random& operator=(const Random&) = delete;
    Random(Random&&) = default;
    Random& operator=(Random&&) = default;

    [[nodiscard]] Random stream(std::string_view name) const noexcept {
        std::uint64_t hash = 0xcbf29ce484222325u;
        for (const char c : name) {
            hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3u;
        }
        return Random(origin_ ^ mix(hash));
    }
    [[nodiscard]] Random stream(std::uint64_t index) const noexcept {
        return Random(origin_ + mix(index + 0x632be59bd9b4e019u));
    }

    [[nodiscard]] std::uint64_t next_u64() noexcept { return mix(state_ += 0x9e3779b97f4a7c15u); }

    /// Uniform in [0, 1).
    [[nodiscard]] double uniform() noexcept {
        return static_cast<double>(next_u64() >> 11) * 0x1.0p-53;
    }

    /// Uniform in 0 .. bound-1, for bound > 0. The bias is below 2^-32 for any bound we use.
    [[nodiscard]] std::uint32_t below(std::uint32_t bound) noexcept {
        RESHAKE_CHECK(bound > 0);
        return static_cast<std::uint32_t>(((next_u64() >> 32) * bound) >> 32);
    }

    /// True with the given probability. Draws exactly once, whatever the probability.
    [[nodiscard]] bool chance(double probability) noexcept {
        RESHAKE_CHECK(probability >= 0.0 && probability <= 1.0);
        return uniform() < probability;
    }

    /// Exponentially distributed with the given mean, at least 1 ns.
    [[nodiscard]] Duration exponential(Duration mean) noexcept {
        const double draw = -portable_log(1.0 - uniform()) * static_cast<double>(mean.count());
        return Duration{draw < 1.0 ? 1 : static_cast<std::int64_t>(draw)};
    }

    /// Of the standard normal distribution. Draws as often as it takes (Marsaglia's polar method).
    [[nodiscard]] double normal() noexcept;

    void fill(std::span<std::byte> out) noexcept;

private:
    static constexpr std::uint64_t mix(std::uint64_t z) noexcept {
        z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
        z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
        return z ^ (z >> 31);
    }

    std::uint64_t origin_;
    std::uint64_t state_;
};

}  // namespace reshake
