// Days made of phases: at home, on the train, in a tunnel, at the office.
#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <string_view>
#include <variant>
#include <vector>

#include "models/link.h"
#include "models/radio_cell.h"
#include "models/time_law.h"
#include "sim/base/fields.h"
#include "sim/base/random.h"
#include "sim/base/time.h"

namespace reshake {

/// From `start` until the next phase begins, a client is on this link.
struct DayPhase {
    static constexpr std::string_view type_name = "DayPhase";

    Duration start{};  ///< Since the beginning of the day.
    Access access{};
    /// Another network: as the phase begins, connections are dead. Else they go on over the link.
    bool new_address = true;

    bool operator==(const DayPhase&) const = default;
    static constexpr auto fields() {
        return fields_of(required("start", &DayPhase::start, bounds::not_negative),
                         required("access", &DayPhase::access),
                         field("new_address", &DayPhase::new_address));
    }
};

/// The same phases every day. What precedes the first of a day is the last of the day before.
///
/// Invariant: `phases` is not empty, and their starts rise and are below `every`; checked by
/// `validate`.
struct Phases {
    static constexpr std::string_view type_name = "Phases";

    std::vector<DayPhase> phases{};
    Duration every = std::chrono::hours(24);  ///< The length of a day.
    /// By how much a client's day is later, drawn once for each. None: all are in step.
    std::optional<TimeLaw> shift{};

    bool operator==(const Phases&) const = default;
    static constexpr auto fields() {
        return fields_of(
            required("phases", &Phases::phases),
            field("every", &Phases::every, {.at_least = 1e9, .at_most = 3650 * 86'400e9}),
            field("shift", &Phases::shift));
    }
};

/// How clients reach the network: over one link, or another at each time of the day, or by radio.
using ClientAccess = std::variant<Link, TraceLink, Phases, Wifi, Lte>;

/// Whether it is a cell that the population shares, and no link of each client.
[[nodiscard]] inline bool is_cell(const ClientAccess& access) noexcept {
    return std::holds_alternative<Wifi>(access) || std::holds_alternative<Lte>(access);
}

/// The day of one client.
class PhaseClock {
public:
    /// `law` must outlive the clock.
    PhaseClock(const Phases& law, Random random) noexcept;

    /// Index of the phase at `now`.
    [[nodiscard]] std::size_t at(Instant now) const noexcept;
    /// When that phase began; before the run, perhaps.
    [[nodiscard]] Instant began(Instant now) const noexcept;
    /// When a phase with a new address begins, after `now`; `never` where none does.
    [[nodiscard]] Instant next_move(Instant now) const noexcept;

private:
    [[nodiscard]] Duration time_of_day(Instant now) const noexcept;

    const Phases* law_;
    Duration shift_{};  ///< Below a day.
};

}  // namespace reshake
