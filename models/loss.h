// Packet loss of a link: what can be said, and the process behind it.
//
// Source: Gilbert, BSTJ 39(5), 1960; Elliott, BSTJ 42(5), 1963.
#pragma once

#include <cstdint>
#include <string_view>
#include <variant>
#include <vector>

#include "sim/base/fields.h"
#include "sim/base/random.h"
#include "sim/base/time.h"

namespace reshake {

/// Every packet is lost independently.
struct Bernoulli {
    static constexpr std::string_view type_name = "Bernoulli";

    double loss = 0.0;

    bool operator==(const Bernoulli&) const = default;
    static constexpr auto fields() {
        return fields_of(required("loss", &Bernoulli::loss, bounds::probability));
    }
};

/// Bursty loss from a two-state chain that steps once per packet.
///
/// While a sender backs off, this chain stands still: a burst ends only when packets have passed.
/// Invariant: loss_good <= mean_loss <= loss_bad, checked by `validate`.
struct GilbertElliott {
    static constexpr std::string_view type_name = "GilbertElliott";

    double mean_loss = 0.0;
    double mean_burst = 1.0;  ///< Mean stay in the bad state. Units: packets, at least 1.
    double loss_good = 0.0;
    double loss_bad = 1.0;

    bool operator==(const GilbertElliott&) const = default;
    static constexpr auto fields() {
        return fields_of(required("mean_loss", &GilbertElliott::mean_loss, bounds::probability),
                         required("mean_burst", &GilbertElliott::mean_burst, {.at_least = 1.0}),
                         field("loss_good", &GilbertElliott::loss_good, bounds::probability),
                         field("loss_bad", &GilbertElliott::loss_bad, bounds::probability));
    }
};

/// Bursty loss from a two-state chain that runs in time, whether or not packets pass.
struct GilbertElliottInTime {
    static constexpr std::string_view type_name = "GilbertElliottInTime";

    double mean_loss = 0.0;
    Duration mean_burst{};  ///< Mean stay in the bad state.
    double loss_good = 0.0;
    double loss_bad = 1.0;

    bool operator==(const GilbertElliottInTime&) const = default;
    static constexpr auto fields() {
        return fields_of(
            required("mean_loss", &GilbertElliottInTime::mean_loss, bounds::probability),
            required("mean_burst", &GilbertElliottInTime::mean_burst, bounds::positive),
            field("loss_good", &GilbertElliottInTime::loss_good, bounds::probability),
            field("loss_bad", &GilbertElliottInTime::loss_bad, bounds::probability));
    }
};

/// Exactly these packets are lost, counted from 1 in each direction and anew with each attempt.
struct DropPackets {
    static constexpr std::string_view type_name = "DropPackets";

    std::vector<std::uint32_t> numbers;

    bool operator==(const DropPackets&) const = default;
    static constexpr auto fields() { return fields_of(required("numbers", &DropPackets::numbers)); }
};

/// No loss, or one of the laws.
using Loss =
    std::variant<std::monostate, Bernoulli, GilbertElliott, GilbertElliottInTime, DropPackets>;

/// Long-run share of time (or packets) that a chain with these parameters spends in the bad state.
[[nodiscard]] constexpr double bad_share(double mean_loss, double loss_good,
                                         double loss_bad) noexcept {
    return loss_bad > loss_good ? (mean_loss - loss_good) / (loss_bad - loss_good) : 0.0;
}

/// A loss law in motion: one per link and direction, evaluated when a packet passes.
class LossProcess {
public:
    LossProcess(Loss law, Random random) noexcept;

    /// Whether the packet that passes at `now` is lost. `now` must not run backwards.
    [[nodiscard]] bool loses(Instant now) noexcept;
    /// An attempt begins: packets are counted anew.
    void restart_count() noexcept { passed_ = 0; }

private:
    [[nodiscard]] bool loses_by(const Bernoulli& law) noexcept;
    [[nodiscard]] bool loses_by(const GilbertElliott& law) noexcept;
    [[nodiscard]] bool loses_by(const GilbertElliottInTime& law, Instant now) noexcept;

    Loss law_;
    Random random_;
    Instant last_ = run_start;
    bool bad_ = false;
    std::uint32_t passed_ = 0;
};

}  // namespace reshake
