// Faults that come by a rule: again and again, or at random from the run's seed.
//
// Both are worked out before a run begins: what then happens are the faults of `faults_of`, one by
// one, as if somebody had written them down.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "models/faults.h"
#include "sim/base/fields.h"
#include "sim/base/time.h"

namespace reshake {

/// The same fault again and again: first at its own `start`, then one every `every`.
struct Periodic {
    static constexpr std::string_view type_name = "Periodic";

    Fault fault{};
    Duration every{};                      ///< From one start to the next.
    std::optional<std::uint32_t> times{};  ///< None: until the end.
    std::optional<Duration> until{};  ///< Since the start of the run; none starts then or later.

    bool operator==(const Periodic&) const = default;
    static constexpr auto fields() {
        return fields_of(required("fault", &Periodic::fault),
                         required("every", &Periodic::every, bounds::positive),
                         field("times", &Periodic::times, {.at_least = 1.0, .at_most = 10'000.0}),
                         field("until", &Periodic::until, bounds::positive));
    }
};

/// How long a random fault lasts, given the mean.
enum class DurationLaw {
    fixed,    ///< Always the mean.
    uniform,  ///< Between nothing and twice the mean.
    exponential,
    heavy_tailed,  ///< Pareto with exponent 3/2: many are short, a few very long.
};

[[nodiscard]] constexpr auto names_of(DurationLaw) noexcept {
    return std::array<std::string_view, 4>{"fixed", "uniform", "exponential", "heavy-tailed"};
}

/// One kind of fault that a Nemesis has at hand.
struct Strike {
    static constexpr std::string_view type_name = "Strike";

    /// What happens, not before its own `start`, and for its own `lasts` in the mean.
    Fault fault{};
    Duration mean_gap{};  ///< From one to the next, exponentially distributed.
    DurationLaw durations = DurationLaw::exponential;
    /// One of them is struck, all alike; of a Partition or a GreyFailure, its second group. Empty:
    /// the fault's own.
    std::vector<std::string> where{};
    /// Where a server is struck: the chance of each other server of its site to be struck along.
    double correlated = 0.0;

    bool operator==(const Strike&) const = default;
    static constexpr auto fields() {
        return fields_of(required("fault", &Strike::fault),
                         required("mean_gap", &Strike::mean_gap, {.at_least = 1e6}),
                         field("durations", &Strike::durations), field("where", &Strike::where),
                         field("correlated", &Strike::correlated, bounds::probability));
    }
};

/// From `since` on, faults come `factor` times as often as their `mean_gap` says.
struct Intensity {
    static constexpr std::string_view type_name = "Intensity";

    Duration since{};
    double factor = 1.0;

    bool operator==(const Intensity&) const = default;
    static constexpr auto fields() {
        return fields_of(required("since", &Intensity::since, bounds::not_negative),
                         required("factor", &Intensity::factor, {.at_least = 0.0, .at_most = 1e6}));
    }
};

/// Faults at random, each kind a Poisson process of its own, from the run's seed.
///
/// Source: the nemesis of Jepsen (Kingsbury): a process that breaks things while clients go on.
/// Invariant: none of its faults begins or is on in the last `quiet_end` of a run; those that would
///            be are over before.
struct Nemesis {
    static constexpr std::string_view type_name = "Nemesis";

    std::vector<Strike> strikes{};
    std::vector<Intensity> intensity{};  ///< By time; 1 before the first.
    Duration quiet_end{};
    std::string name = "nemesis";  ///< Of its draws: two of one name would strike alike.

    bool operator==(const Nemesis&) const = default;
    static constexpr auto fields() {
        return fields_of(required("strikes", &Nemesis::strikes),
                         field("intensity", &Nemesis::intensity),
                         field("quiet_end", &Nemesis::quiet_end, bounds::not_negative),
                         field("name", &Nemesis::name));
    }
};

namespace detail {
template <typename Known, typename... More>
struct Joined;
template <typename... Known, typename... More>
struct Joined<std::variant<Known...>, More...> {
    using type = std::variant<Known..., More...>;
};
}  // namespace detail

/// What a scenario can list: a fault, or a rule by which faults come.
using PlannedFault = detail::Joined<Fault, Periodic, Nemesis>::type;

/// The path that says whom a fault is about; of two groups, the second one.
[[nodiscard]] std::string& scope_of(Fault& fault) noexcept;
[[nodiscard]] Duration start_of(const Fault& fault) noexcept;
/// Its `lasts`, which a Nemesis draws; none where nothing heals, or is over at once.
[[nodiscard]] std::optional<Duration> drawn_lasts(const Fault& fault) noexcept;

}  // namespace reshake
