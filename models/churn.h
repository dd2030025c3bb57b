// Clients that come and go.
#pragma once

#include <string_view>
#include <tuple>

#include "sim/base/fields.h"
#include "sim/base/random.h"
#include "sim/base/time.h"

namespace reshake {

/// A device that is reachable and unreachable in turn, for exponentially distributed times.
///
/// While it is down it visits nobody; when it goes down, its open connections vanish without a FIN
/// or close_notify.
struct OnOff {
    static constexpr std::string_view type_name = "OnOff";

    Duration mean_up{};
    Duration mean_down{};

    bool operator==(const OnOff&) const = default;
    static constexpr auto fields() {
        return std::tuple{required("mean_up", &OnOff::mean_up, bounds::positive),
                          required("mean_down", &OnOff::mean_down, bounds::positive)};
    }
};

/// The churn of one client in motion, exact and lazy: asking after a year costs one draw.
class OnOffProcess {
public:
    OnOffProcess(const OnOff& law, Random random) noexcept;

    /// Whether the device is up at `now`. `now` must not run backwards.
    [[nodiscard]] bool up(Instant now) noexcept;

    /// When the state that `up(now)` returned last will end.
    [[nodiscard]] Instant next_change() const noexcept { return until_; }

private:
    void enter(bool up, Instant now) noexcept;

    OnOff law_;
    Random random_;
    bool up_ = true;
    Instant until_ = run_start;
};

}  // namespace reshake
