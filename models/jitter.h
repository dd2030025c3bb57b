// Delay that varies from packet to packet.
#pragma once

#include <array>
#include <chrono>
#include <optional>
#include <string_view>

#include "sim/base/fields.h"
#include "sim/base/random.h"
#include "sim/base/time.h"

namespace reshake {

enum class JitterLaw {
    exponential,  ///< Variance: the mean's square.
    uniform,      ///< Between nothing and twice the mean. Variance: a third of the mean's square.
};

[[nodiscard]] constexpr auto names_of(JitterLaw) noexcept {
    return std::array<std::string_view, 2>{"exponential", "uniform"};
}

/// What a packet's way takes beyond the link's delay.
///
/// A delay that was drawn lasts for an exponentially distributed time of mean `coherence`, so that
/// the delays of packets t apart correlate by exp(-t / coherence).
struct Jitter {
    static constexpr std::string_view type_name = "Jitter";

    Duration mean{};
    JitterLaw law = JitterLaw::exponential;
    Duration coherence{};   ///< Zero: drawn anew for each packet.
    bool reorders = false;  ///< Packets overtake each other; else each waits for those before it.

    bool operator==(const Jitter&) const = default;
    static constexpr auto fields() {
        constexpr Bounds delay{.at_least = 0.0, .at_most = 60e9};
        return fields_of(required("mean", &Jitter::mean, delay), field("law", &Jitter::law),
                         field("coherence", &Jitter::coherence, bounds::not_negative),
                         field("reorders", &Jitter::reorders));
    }
};

/// Jitter in motion: one per link and direction, evaluated when a packet passes.
class JitterProcess {
public:
    JitterProcess(const std::optional<Jitter>& law, Random random) noexcept;

    /// Of the packet that passes at `now`, which must not run backwards.
    [[nodiscard]] Duration delay(Instant now) noexcept;
    [[nodiscard]] bool reorders() const noexcept { return law_ && law_->reorders; }

private:
    [[nodiscard]] Duration draw() noexcept;

    std::optional<Jitter> law_;
    Random random_;
    std::optional<Duration> held_;
    Instant last_ = run_start;
};

}  // namespace reshake
