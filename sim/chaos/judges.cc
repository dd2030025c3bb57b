#include "sim/chaos/judges.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <variant>

#include "sim/chaos/executed_once.h"
#include "sim/chaos/rows.h"

namespace reshake::chaos {
namespace {

using history::Attempt;
using history::Violation;
using Violations = std::vector<Violation>;
using Ends = std::vector<Duration>;

double seconds(Duration duration) noexcept { return static_cast<double>(duration.count()) / 1e9; }

double share(std::uint64_t part, std::uint64_t whole) noexcept {
    return static_cast<double>(part) / static_cast<double>(whole);
}

/// Which attempts an invariant is about.
class Subject {
public:
    Subject(const Scenario& scenario, const std::optional<std::string>& population) {
        if (!population) return;
        const auto found = std::ranges::find(scenario.clients, *population, &Clients::name);
        only_ = static_cast<int>(found - scenario.clients.begin());
    }
    [[nodiscard]] bool covers(const Attempt& row) const noexcept {
        return only_ < 0 || std::cmp_equal(row.population, only_);
    }

private:
    int only_ = -1;
};

/// The windows that attempts fall into, by when they started.
template <typename Tally>
class Windows {
public:
    Windows(Duration since, std::optional<Duration> length) : since_(since), length_(length) {}

    /// Null for what does not count.
    [[nodiscard]] Tally* of(Duration started) {
        if (started < since_) return nullptr;
        return &by_index_[length_ ? (started - since_) / *length_ : 0];
    }
    /// Calls `visit(start of the window, tally)` by time.
    template <typename Visitor>
    void for_each(Visitor&& visit) {
        for (auto& [index, tally] : by_index_) {
            visit(since_ + (length_ ? *length_ * index : Duration::zero()), tally);
        }
    }

private:
    Duration since_;
    std::optional<Duration> length_;
    std::map<std::int64_t, Tally> by_index_;
};

struct Share {
    std::uint64_t part = 0;
    std::uint64_t whole = 0;
};

/// Did a user's connection end in this attempt, without an error of anybody's but the client's?
bool excused(const Attempt& row) noexcept {
    using enum history::Outcome;
    return row.outcome == vanished || row.outcome == moved || row.outcome == unfinished;
}

class ErrorShareJudge final : public Judge {
public:
    ErrorShareJudge(const Scenario& scenario, const ErrorShare& law)
        : law_(law), subject_(scenario, law.population), windows_(law.since, law.window) {}

    void see(const Attempt& row) override {
        if (!subject_.covers(row)) return;
        const bool ok = row.outcome == history::Outcome::ok;
        if (row.attempt == 0 && ok) {
            if (Share* const tally = windows_.of(row.started)) ++tally->whole;
            return;
        }
        Open& open = open_[key_of(row)];
        if (row.attempt == 0) open.started = row.started;
        open.answered |= ok;
        open.gave_up |= row.gave_up;
    }

    Violations conclude(const Ends&) override {
        for (const auto& [key, open] : open_) {
            Share* const tally = windows_.of(open.started);
            if (tally == nullptr || !(open.answered || open.gave_up)) continue;
            ++tally->whole;
            if (!open.answered) ++tally->part;
        }
        Violations found;
        windows_.for_each([&](Duration start, const Share& tally) {
            if (tally.whole < law_.min_count) return;
            const double measured = share(tally.part, tally.whole);
            if (measured <= law_.at_most) return;
            found.push_back({.at = start, .measured = measured, .allowed = law_.at_most});
        });
        return found;
    }

private:
    /// A connection whose first attempt was not answered.
    struct Open {
        Duration started{};
        bool answered = false;
        bool gave_up = false;
    };

    const ErrorShare& law_;
    Subject subject_;
    Windows<Share> windows_;
    std::map<ConnectionKey, Open> open_;
};

class ResumedShareJudge final : public Judge {
public:
    ResumedShareJudge(const Scenario& scenario, const ResumedShare& law)
        : law_(law), subject_(scenario, law.population), windows_(law.since, law.window) {}

    void see(const Attempt& row) override {
        if (row.outcome != history::Outcome::ok || !subject_.covers(row)) return;
        Share* const tally = windows_.of(row.started);
        if (tally == nullptr) return;
        ++tally->whole;
        tally->part += row.resumed ? 1 : 0;
    }

    Violations conclude(const Ends&) override {
        Violations found;
        windows_.for_each([&](Duration start, const Share& tally) {
            if (tally.whole < law_.min_count) return;
            const double measured = share(tally.part, tally.whole);
            if (measured >= law_.at_least) return;
            found.push_back({.at = start, .measured = measured, .allowed = law_.at_least});
        });
        return found;
    }

private:
    const ResumedShare& law_;
    Subject subject_;
    Windows<Share> windows_;
};

Duration phase_of(const Attempt& row, Phase phase) noexcept {
    switch (phase) {
        case Phase::connect:
            return row.connect;
        case Phase::handshake:
            return row.handshake;
        case Phase::first_byte:
            return row.first_byte;
        case Phase::total:
            return row.total;
        case Phase::answer:
            return row.answer;
    }
    return history::not_reached;
}

class LatencyJudge final : public Judge {
public:
    LatencyJudge(const Scenario& scenario, const Latency& law)
        : law_(law), subject_(scenario, law.population), windows_(law.since, law.window) {}

    void see(const Attempt& row) override {
        const Duration took = phase_of(row, law_.phase);
        if (took == history::not_reached || !subject_.covers(row)) return;
        if (auto* const tally = windows_.of(row.started)) tally->push_back(took);
    }

    Violations conclude(const Ends&) override {
        Violations found;
        windows_.for_each([&](Duration start, std::vector<Duration>& all) {
            if (all.size() < law_.min_count) return;
            // A whole number in truth must not become one more: 55 % of 200 are 110.
            const double rank = std::ceil(law_.percentile * static_cast<double>(all.size()) /
                                          100.0 * (1.0 - 1e-12));
            const auto nth =
                all.begin() +
                std::max<std::int64_t>(std::int64_t{1}, static_cast<std::int64_t>(rank)) - 1;
            std::ranges::nth_element(all, nth);
            if (*nth <= law_.at_most) return;
            found.push_back(
                {.at = start, .measured = seconds(*nth), .allowed = seconds(law_.at_most)});
        });
        return found;
    }

private:
    const Latency& law_;
    Subject subject_;
    Windows<std::vector<Duration>> windows_;
};

/// What a single attempt can break: a limit on one of its columns.
class LimitJudge final : public Judge {
public:
    LimitJudge(Subject subject, Duration at_most, Duration Attempt::* column, bool of_resumed)
        : subject_(subject), at_most_(at_most), column_(column), of_resumed_(of_resumed) {}

    void see(const Attempt& row) override {
        if (!subject_.covers(row) || (of_resumed_ && !row.resumed)) return;
        if (row.*column_ <= at_most_) return;
        found_.push_back(of_attempt(row, seconds(row.*column_), seconds(at_most_)));
    }
    Violations conclude(const Ends&) override { return std::move(found_); }

private:
    Subject subject_;
    Duration at_most_;
    Duration Attempt::* column_;
    bool of_resumed_;
    Violations found_;
};

class FallbackTimeJudge final : public Judge {
public:
    FallbackTimeJudge(const Scenario& scenario, const FallbackTime& law)
        : law_(law), subject_(scenario, law.population) {}

    void see(const Attempt& row) override {
        if (!subject_.covers(row)) return;
        const bool ok = row.outcome == history::Outcome::ok;
        if (row.attempt == 0 && ok) return;
        Open& open = open_[key_of(row)];
        if (row.attempt == 0) open.first = row;
        open.excused |= excused(row);
        if (ok) open.answered = row.started + row.first_byte;
    }

    Violations conclude(const Ends&) override {
        Violations found;
        for (const auto& [key, open] : open_) {
            if (!open.answered || open.excused) continue;  // ErrorShare's business.
            const Duration took = *open.answered - open.first.started;
            if (took <= law_.at_most) continue;
            found.push_back(of_attempt(open.first, seconds(took), seconds(law_.at_most)));
        }
        return found;
    }

private:
    struct Open {
        Attempt first;
        std::optional<Duration> answered;
        bool excused = false;
    };

    const FallbackTime& law_;
    Subject subject_;
    std::map<ConnectionKey, Open> open_;
};

class RecoveryJudge final : public Judge {
public:
    RecoveryJudge(const Scenario& scenario, const Recovery& law)
        : law_(law), run_(scenario.duration), subject_(scenario, law.population) {}

    void see(const Attempt& row) override {
        if (row.outcome != history::Outcome::ok || !subject_.covers(row)) return;
        answered_.emplace_back(row.started, row.resumed);
    }

    Violations conclude(const Ends& fault_ends) override {
        Violations found;
        std::ranges::sort(answered_);
        for (const Duration end : fault_ends) {
            const Duration from = end + law_.within;
            const Duration until = from + law_.over;
            if (until > run_) continue;
            const auto first = std::ranges::lower_bound(answered_, std::pair{from, false});
            const auto last = std::ranges::lower_bound(answered_, std::pair{until, false});
            const auto whole = static_cast<std::uint64_t>(last - first);
            if (whole < law_.min_count) continue;
            const auto part = static_cast<std::uint64_t>(
                std::count_if(first, last, [](const auto& each) { return each.second; }));
            if (share(part, whole) >= law_.at_least) continue;
            found.push_back({.at = from, .measured = share(part, whole), .allowed = law_.at_least});
        }
        return found;
    }

private:
    const Recovery& law_;
    Duration run_;
    Subject subject_;
    std::vector<std::pair<Duration, bool>> answered_;  ///< Start, and whether it resumed.
};

class EveryAttemptEndsJudge final : public Judge {
public:
    explicit EveryAttemptEndsJudge(const Scenario& scenario) : scenario_(scenario) {}

    void see(const Attempt& row) override {
        const Clients& clients = scenario_.clients.at(row.population);
        const Duration patience = clients.attempt_timeout;
        const Duration open = row.outcome == history::Outcome::unfinished
                                  ? scenario_.duration - row.started
                                  : row.total;
        if (open <= patience + clients.linger) return;
        found_.push_back(of_attempt(row, seconds(open), seconds(patience)));
    }
    Violations conclude(const Ends&) override { return std::move(found_); }

private:
    const Scenario& scenario_;
    Violations found_;
};

class TenantsApartJudge final : public Judge {
public:
    void see(const Attempt& row) override {
        if (!row.resumed || row.ticket_tenant == row.tenant) return;
        found_.push_back(of_attempt(row, 1.0, 0.0));
    }
    Violations conclude(const Ends&) override { return std::move(found_); }

private:
    Violations found_;
};

std::unique_ptr<Judge> judge_of(const Scenario& scenario, const Invariant& invariant) {
    const auto limit = [&](const auto& law, Duration Attempt::* column) {
        return std::make_unique<LimitJudge>(Subject(scenario, law.population), law.at_most, column,
                                            true);
    };
    return std::visit(
        [&]<typename Law>(const Law& law) -> std::unique_ptr<Judge> {
            if constexpr (std::is_same_v<Law, ErrorShare>) {
                return std::make_unique<ErrorShareJudge>(scenario, law);
            } else if constexpr (std::is_same_v<Law, ResumedShare>) {
                return std::make_unique<ResumedShareJudge>(scenario, law);
            } else if constexpr (std::is_same_v<Law, Latency>) {
                return std::make_unique<LatencyJudge>(scenario, law);
            } else if constexpr (std::is_same_v<Law, TicketAge>) {
                return limit(law, &Attempt::ticket_age);
            } else if constexpr (std::is_same_v<Law, ChainAge>) {
                return limit(law, &Attempt::chain_age);
            } else if constexpr (std::is_same_v<Law, ServerQueueing>) {
                return std::make_unique<LimitJudge>(Subject(scenario, {}), law.at_most,
                                                    &Attempt::server_queueing, false);
            } else if constexpr (std::is_same_v<Law, FallbackTime>) {
                return std::make_unique<FallbackTimeJudge>(scenario, law);
            } else if constexpr (std::is_same_v<Law, Recovery>) {
                return std::make_unique<RecoveryJudge>(scenario, law);
            } else if constexpr (std::is_same_v<Law, TenantsApart>) {
                return std::make_unique<TenantsApartJudge>();
            } else if constexpr (std::is_same_v<Law, ExecutedOnce>) {
                return std::make_unique<ExecutedOnceJudge>();
            } else if constexpr (std::is_same_v<Law, NoReplay>) {
                return std::make_unique<NoReplayJudge>();
            } else {
                static_assert(std::is_same_v<Law, EveryAttemptEnds>);
                return std::make_unique<EveryAttemptEndsJudge>(scenario);
            }
        },
        invariant);
}

/// When faults ended, as the table of faults has it.
Ends ends_of(history::Table<history::Fault>& faults) {
    Ends ends;
    faults.for_each_column([&](const auto& field, const auto& column) {
        if (field.name != "ended") return;
        for (const auto end : column) {
            if (static_cast<std::int64_t>(end) >= 0) ends.emplace_back(end);
        }
    });
    return ends;
}

}  // namespace

Judges::Judges(const Scenario& scenario) {
    for (const Invariant& invariant : scenario.invariants) {
        judges_.push_back(judge_of(scenario, invariant));
    }
}

void Judges::on_attempt(const history::Attempt& row) {
    for (const auto& judge : judges_) judge->see(row);
}

void Judges::conclude(history::History& history) {
    const Ends ends = ends_of(history.faults);
    for (std::size_t i = 0; i < judges_.size(); ++i) {
        Violations found = judges_[i]->conclude(ends);
        std::ranges::stable_sort(found, {}, &history::Violation::at);
        for (history::Violation& violation : found) {
            violation.invariant = static_cast<std::uint32_t>(i);
            history.violations.add(violation);
        }
    }
}

}  // namespace reshake::chaos
