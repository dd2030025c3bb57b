// Clients that come and go.
#pragma once

#include <optional>
#include <string_view>
#include <variant>

#include "models/device.h"
#include "models/time_law.h"
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
        return fields_of(required("mean_up", &OnOff::mean_up, bounds::positive),
                         required("mean_down", &OnOff::mean_down, bounds::positive));
    }
};

/// The same, for times by any law. The run begins in the middle of a stay.
struct Alternating {
    static constexpr std::string_view type_name = "Alternating";

    TimeLaw up{};
    TimeLaw down{};

    bool operator==(const Alternating&) const = default;
    static constexpr auto fields() {
        return fields_of(required("up", &Alternating::up), required("down", &Alternating::down));
    }
};

/// None: always reachable.
using Churn = std::variant<std::monostate, OnOff, Alternating>;

/// People get a new device, again and again: it holds nothing that the former one held, whose
/// connections vanish as it is put away.
struct DeviceChange {
    static constexpr std::string_view type_name = "DeviceChange";

    TimeLaw gap{};
    std::optional<Device> device{};  ///< Every new one. None: one like the first.

    bool operator==(const DeviceChange&) const = default;
    static constexpr auto fields() {
        return fields_of(required("gap", &DeviceChange::gap),
                         field("device", &DeviceChange::device));
    }
};

/// The app restarts, again and again, after exponentially distributed times: what it had in memory
/// is gone, and its connections are cut. Apart from the device's being reachable.
struct AppRestarts {
    static constexpr std::string_view type_name = "AppRestarts";

    Duration mean_gap{};
    double reinstalls = 0.0;  ///< Share of them after which the persistent store is gone too.

    bool operator==(const AppRestarts&) const = default;
    static constexpr auto fields() {
        return fields_of(required("mean_gap", &AppRestarts::mean_gap, bounds::positive),
                         field("reinstalls", &AppRestarts::reinstalls, bounds::probability));
    }
};

/// What events without memory do to somebody who only asks now and then: exact and lazy.
class RareEvents {
public:
    /// With a `mean_gap` of `Duration::max()` there is none.
    RareEvents(Duration mean_gap, Random random) noexcept;

    /// Whether there has been one since the last question. `now` must not run backwards.
    [[nodiscard]] bool happened(Instant now) noexcept;
    /// The first one after the last question.
    [[nodiscard]] Instant next() const noexcept { return next_; }

private:
    void expect(Instant now) noexcept;

    Duration mean_gap_;
    Random random_;
    Instant next_ = never;
};

/// The app of one client in motion.
class AppProcess {
public:
    AppProcess(const AppRestarts& law, const Random& random) noexcept;

    enum class Lost { nothing, memory, everything };
    /// What is gone since the last question. `now` must not run backwards.
    [[nodiscard]] Lost lost(Instant now) noexcept;
    /// The first restart after the last question.
    [[nodiscard]] Instant next() const noexcept {
        return restarts_.next() < reinstalls_.next() ? restarts_.next() : reinstalls_.next();
    }

private:
    RareEvents restarts_;
    RareEvents reinstalls_;
};

/// The churn of one client in motion. Exact and lazy: of `OnOff` asking after a year costs one
/// draw, of `Alternating` one for each stay that has passed.
class ChurnProcess {
public:
    /// `law` must outlive the process.
    ChurnProcess(const Churn& law, Random random) noexcept;

    /// Whether the device is up at `now`. `now` must not run backwards.
    [[nodiscard]] bool up(Instant now) noexcept;

    /// When the state that `up(now)` returned last will end.
    [[nodiscard]] Instant next_change() const noexcept { return until_; }

private:
    [[nodiscard]] bool up(const OnOff& law, Instant now) noexcept;
    [[nodiscard]] bool up(const Alternating& law, Instant now) noexcept;
    void enter(bool up, Instant now, Duration stay) noexcept;
    void enter(const OnOff& law, bool up, Instant now) noexcept;

    const Churn* law_;
    Random random_;
    bool up_ = true;
    Instant until_ = never;
};

}  // namespace reshake
