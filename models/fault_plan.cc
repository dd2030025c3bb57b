#include "models/fault_plan.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <optional>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>

#include "models/describe.h"
#include "sim/base/portable_math.h"
#include "sim/base/random.h"

namespace reshake {

std::string& scope_of(Fault& fault) noexcept {
    return std::visit(
        [](auto& each) -> std::string& {
            if constexpr (requires { each.between; }) {
                return each.between[1];
            } else if constexpr (requires { each.fleet; }) {
                return each.fleet;
            } else {
                return each.where;
            }
        },
        fault);
}

Duration start_of(const Fault& fault) noexcept {
    return std::visit([](const auto& each) { return each.start; }, fault);
}

namespace {

template <typename Kind>
inline constexpr bool has_lasts = requires(Kind fault) { fault.lasts; };

}  // namespace

std::optional<Duration> drawn_lasts(const Fault& fault) noexcept {
    return std::visit(
        [](const auto& each) -> std::optional<Duration> {
            if constexpr (has_lasts<std::remove_cvref_t<decltype(each)>>) {
                return each.lasts;
            } else {
                return std::nullopt;
            }
        },
        fault);
}

namespace {

/// A rule that makes more is a slip of the pen.
constexpr std::size_t most_faults = 10'000;

void set_start(Fault& fault, Duration start) noexcept {
    std::visit([start](auto& each) { each.start = start; }, fault);
}

void set_lasts(Fault& fault, Duration lasts) noexcept {
    std::visit(
        [lasts](auto& each) {
            if constexpr (has_lasts<std::remove_cvref_t<decltype(each)>>) each.lasts = lasts;
        },
        fault);
}

/// What passes between the start and that whose length is drawn.
Duration before_lasts(const Fault& fault) noexcept {
    const auto* drain = std::get_if<Drain>(&fault);
    return drain != nullptr ? drain->grace : Duration::zero();
}

Duration scaled(Duration mean, double factor) noexcept {
    const double drawn = static_cast<double>(mean.count()) * factor;
    constexpr double most = 3650 * 86'400e9;
    return Duration{std::max<std::int64_t>(1, static_cast<std::int64_t>(std::min(drawn, most)))};
}

Duration draw(DurationLaw law, Duration mean, Random& random) noexcept {
    switch (law) {
        case DurationLaw::fixed:
            return mean;
        case DurationLaw::uniform:
            return scaled(mean, 2.0 * random.uniform());
        case DurationLaw::exponential:
            return scaled(mean, -portable_log(1.0 - random.uniform()));
        case DurationLaw::heavy_tailed: {
            // Pareto with exponent a has the mean a / (a - 1) times its least value.
            const double tail = portable_log(1.0 - random.uniform()) * (-2.0 / 3.0);
            return scaled(mean, portable_exp(tail) / 3.0);
        }
    }
    return mean;
}

/// Where `work` more of a process ends that began at `from`, at the speeds of `profile`.
///
/// Source: a Poisson process whose rate changes, by the change of time (Çinlar, Introduction to
///         Stochastic Processes, section 4.7).
Duration advanced(Duration from, Duration work, const std::vector<Intensity>& profile,
                  Duration end) noexcept {
    auto left = static_cast<double>(work.count());
    for (std::size_t i = 0; i <= profile.size(); ++i) {
        const Duration until = i < profile.size() ? profile[i].since : end;
        if (until <= from) continue;
        const double speed = i == 0 ? 1.0 : profile[i - 1].factor;
        const double holds = static_cast<double>((until - from).count()) * speed;
        if (holds > left) {
            return from +
                   Duration{std::max<std::int64_t>(1, static_cast<std::int64_t>(left / speed))};
        }
        left -= holds;
        from = until;
    }
    return end;
}

/// "edge/ams/server-" of "edge/ams/server-2"; empty where the path is another one's.
std::string site_of_server(const Scenario& scenario, const std::string& path) {
    const auto place = find_place(scenario, path);
    if (!place || place->server < 0) return {};
    return path.substr(0, path.rfind('-') + 1);
}

/// Who else of the site of `path` is struck.
std::vector<std::string> struck_along(const Scenario& scenario, const std::string& path,
                                      double probability, Random& random) {
    std::vector<std::string> others;
    const std::string prefix = site_of_server(scenario, path);
    if (prefix.empty() || probability <= 0.0) return others;
    for (std::uint32_t k = 1; k <= scenario.fleets.front().servers_per_site; ++k) {
        std::string other = prefix + std::to_string(k);
        if (other != path && random.chance(probability)) others.push_back(std::move(other));
    }
    return others;
}

void strike(const Scenario& scenario, const Strike& law, const Nemesis& nemesis,
            const Random& random, std::vector<Fault>& faults) {
    const Duration end = scenario.duration - nemesis.quiet_end;
    Random gaps = random.stream("gaps");
    Duration when = start_of(law.fault);
    for (std::uint64_t k = 0;; ++k) {
        when = advanced(when, gaps.exponential(law.mean_gap), nemesis.intensity, end);
        if (when >= end) return;
        Random own = random.stream(k);
        Fault fault = law.fault;
        set_start(fault, when);
        if (!law.where.empty()) {
            scope_of(fault) = law.where[own.below(static_cast<std::uint32_t>(law.where.size()))];
        }
        if (const auto mean = drawn_lasts(fault)) {
            const Duration most = end - when - before_lasts(fault);
            const Duration lasts = std::min(draw(law.durations, *mean, own), most);
            if (lasts <= Duration::zero()) continue;
            set_lasts(fault, lasts);
        }
        faults.push_back(fault);
        for (std::string& other : struck_along(scenario, scope_of(fault), law.correlated, own)) {
            Fault& along = faults.emplace_back(fault);
            scope_of(along) = std::move(other);
        }
    }
}

std::vector<ExplicitFault> expand(const Scenario& scenario, const Nemesis& nemesis,
                                  const Random& random) {
    std::vector<ExplicitFault> found;
    for (std::size_t i = 0; i < nemesis.strikes.size(); ++i) {
        std::vector<Fault> faults;
        strike(scenario, nemesis.strikes[i], nemesis, random.stream(nemesis.name).stream(i),
               faults);
        for (Fault& fault : faults) found.push_back({.fault = std::move(fault), .strike = i});
    }
    std::ranges::stable_sort(found, {},
                             [](const ExplicitFault& each) { return start_of(each.fault); });
    return found;
}

std::vector<ExplicitFault> expand(const Scenario& scenario, const Periodic& rule, const Random&) {
    std::vector<ExplicitFault> found;
    const Duration until = std::min(rule.until.value_or(scenario.duration), scenario.duration);
    Duration start = start_of(rule.fault);
    const std::size_t most = std::min<std::size_t>(rule.times.value_or(most_faults), most_faults);
    while (start < until && found.size() < most) {
        set_start(found.emplace_back(ExplicitFault{.fault = rule.fault}).fault, start);
        if (rule.every >= until - start) break;
        start += rule.every;
    }
    return found;
}

template <typename Kind>
std::vector<ExplicitFault> expand(const Scenario&, const Kind& fault, const Random&) {
    return {{.fault = fault}};
}

void check(const Scenario& scenario, const Periodic& rule, const std::string& path, Findings& out) {
    if (std::holds_alternative<StagedRollout>(rule.fault)) {
        out.error(path + ".fault",
                  "is a StagedRollout, whose end only the run can tell; must stand in faults "
                  "itself");
    }
    const Duration start = start_of(rule.fault);
    if (rule.until && *rule.until <= start) {
        out.error(path + ".until", "is " + describe(*rule.until) +
                                       ", must be after the start of the first (" +
                                       describe(start) + ")");
        return;
    }
    const Duration until = std::min(rule.until.value_or(scenario.duration), scenario.duration);
    if (rule.every > Duration::zero() && !rule.times && until > start &&
        std::cmp_greater_equal((until - start) / rule.every, most_faults)) {
        out.error(path + ".every", "is " + describe(rule.every) + ", which makes more than " +
                                       std::to_string(most_faults) + " faults by " +
                                       describe(until) + "; must be fewer");
    }
}

void check(const Scenario& scenario, const Nemesis& nemesis, const std::string& path,
           Findings& out) {
    if (nemesis.strikes.empty()) {
        out.error(path + ".strikes", "is empty, must hold at least one Strike");
    }
    if (nemesis.quiet_end >= scenario.duration) {
        out.warning(path + ".quiet_end", "is " + describe(nemesis.quiet_end) +
                                             ", at least as long as the run (" +
                                             describe(scenario.duration) + "): nothing happens");
    }
    double most = 1.0;
    for (std::size_t i = 0; i < nemesis.intensity.size(); ++i) {
        most = std::max(most, nemesis.intensity[i].factor);
        if (i == 0 || nemesis.intensity[i - 1].since < nemesis.intensity[i].since) continue;
        out.error(at(path + ".intensity", i) + ".since",
                  "is " + describe(nemesis.intensity[i].since) +
                      ", must be after the one before (" +
                      describe(nemesis.intensity[i - 1].since) + ")");
    }
    for (std::size_t i = 0; i < nemesis.strikes.size(); ++i) {
        const Strike& law = nemesis.strikes[i];
        const std::string own = at(path + ".strikes", i);
        if (std::holds_alternative<Deploy>(law.fault)) {
            out.error(own + ".fault",
                      "is a Deploy, which must be done with one before the next begins; a Nemesis "
                      "strikes at any time");
        }
        if (std::holds_alternative<StagedRollout>(law.fault)) {
            out.error(own + ".fault",
                      "is a StagedRollout, which is no accident; must stand in faults itself");
        }
        const double expected =
            static_cast<double>(scenario.duration.count()) /
            static_cast<double>(std::max<std::int64_t>(1, law.mean_gap.count()));
        if (expected * most > most_faults) {
            out.error(own + ".mean_gap",
                      "is " + describe(law.mean_gap) + ", which makes more than " +
                          std::to_string(most_faults) + " faults; must be fewer");
        }
        if (law.correlated <= 0.0) continue;
        Fault fault = law.fault;
        std::vector<std::string> paths = law.where;
        if (paths.empty()) paths.push_back(scope_of(fault));
        if (std::ranges::none_of(paths, [&](const std::string& each) {
                return !site_of_server(scenario, each).empty();
            })) {
            out.error(own + ".correlated", "is " + describe(law.correlated) +
                                               ", but no server is named that others could be "
                                               "struck along with");
        }
    }
}

template <typename Kind>
void check(const Scenario&, const Kind&, const std::string&, Findings&) {}

void add_possible(const Scenario& scenario, const Periodic& rule, const std::string& path,
                  std::vector<PossibleFault>& found) {
    const std::string own = path + ".fault";
    if (!std::holds_alternative<Deploy>(rule.fault)) {
        found.push_back({.fault = rule.fault, .path = own});
        return;
    }
    if (rule.every <= Duration::zero()) return;  // An error of its own.
    for (ExplicitFault& each : expand(scenario, rule, Random(0))) {
        found.push_back({.fault = std::move(each.fault), .path = own});
    }
}

void add_possible(const Scenario&, const Nemesis& nemesis, const std::string& path,
                  std::vector<PossibleFault>& found) {
    for (std::size_t i = 0; i < nemesis.strikes.size(); ++i) {
        const Strike& law = nemesis.strikes[i];
        const std::string own = at(path + ".strikes", i);
        if (law.where.empty()) {
            found.push_back({.fault = law.fault, .path = own + ".fault", .at_random = true});
        }
        for (std::size_t k = 0; k < law.where.size(); ++k) {
            Fault fault = law.fault;
            scope_of(fault) = law.where[k];
            found.push_back({.fault = std::move(fault),
                             .path = own + ".fault",
                             .where_path = at(own + ".where", k),
                             .at_random = true});
        }
    }
}

template <typename Kind>
void add_possible(const Scenario&, const Kind& fault, const std::string& path,
                  std::vector<PossibleFault>& found) {
    found.push_back({.fault = fault, .path = path});
}

}  // namespace

std::vector<ExplicitFault> faults_of(const Scenario& scenario, std::uint64_t seed) {
    const Random random = Random(seed).stream("faults");
    std::vector<ExplicitFault> all;
    for (std::size_t i = 0; i < scenario.faults.size(); ++i) {
        auto made =
            std::visit([&](const auto& planned) { return expand(scenario, planned, random); },
                       scenario.faults[i]);
        for (ExplicitFault& each : made) {
            each.planned = i;
            all.push_back(std::move(each));
        }
    }
    return all;
}

std::vector<PossibleFault> possible_faults(const Scenario& scenario) {
    std::vector<PossibleFault> found;
    for (std::size_t i = 0; i < scenario.faults.size(); ++i) {
        std::visit(
            [&](const auto& planned) { add_possible(scenario, planned, at("faults", i), found); },
            scenario.faults[i]);
    }
    return found;
}

void check_schedules(const Scenario& scenario, Findings& out) {
    std::vector<std::string> names;
    for (std::size_t i = 0; i < scenario.faults.size(); ++i) {
        const std::string path = at("faults", i);
        std::visit([&](const auto& planned) { check(scenario, planned, path, out); },
                   scenario.faults[i]);
        const auto* nemesis = std::get_if<Nemesis>(&scenario.faults[i]);
        if (nemesis == nullptr) continue;
        if (std::ranges::find(names, nemesis->name) != names.end()) {
            out.error(path + ".name", "is \"" + nemesis->name +
                                          "\", the name of another Nemesis: both would strike "
                                          "alike; must be another one");
        }
        names.push_back(nemesis->name);
    }
}

}  // namespace reshake
