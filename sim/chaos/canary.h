// Compares the sites that have a change with the others, while a stage of a rollout bakes.
//
// Source: normal interval of the difference of two means (Welch's variance); of shares with one
//         attempt of each kind added, as Laplace's rule of succession does.
#pragma once

#include <cstdint>
#include <vector>

#include "models/staged_rollout.h"
#include "sim/history/history.h"

namespace reshake::chaos {

/// Attempts of one side, as sums: what is asked of them is their number, mean and variance.
class Arm {
public:
    void see(const history::Attempt& row) noexcept;

    struct Sample {
        std::uint32_t count = 0;
        double mean = history::RolloutVerdict::nothing;
        double variance = 0.0;
    };
    [[nodiscard]] Sample of(history::CanaryMetric metric) const noexcept;

private:
    std::uint32_t attempts_ = 0;
    std::uint32_t failed_ = 0;
    std::uint32_t answered_ = 0;
    std::uint32_t resumed_ = 0;
    // Seconds to the first byte, by Welford's recurrence: sums of squares would cancel.
    std::uint32_t timed_ = 0;
    double mean_ = 0.0;
    double squares_ = 0.0;  ///< Of the differences from the mean.
};

class Canary {
public:
    /// `analysis` must outlive it; `changed` tells by its index whether a site has the change.
    Canary(const CanaryAnalysis& analysis, std::vector<bool> changed, Duration since);

    /// An attempt that has ended for its client. Of those that began before the stage did, nothing
    /// counts: they met the settings of before.
    void see(const history::Attempt& row) noexcept;

    /// A row for each declared margin, in the order of CanaryAnalysis.
    [[nodiscard]] std::vector<history::RolloutVerdict> judge(Duration at) const;

private:
    void judge(history::CanaryMetric metric, double margin, history::RolloutVerdict row,
               std::vector<history::RolloutVerdict>& rows) const;

    const CanaryAnalysis& analysis_;
    std::vector<bool> changed_;  ///< By site.
    Duration since_;
    double quantile_;  ///< So many standard errors reach to either end of the interval.
    Arm changed_arm_;
    Arm others_arm_;
};

/// Hands every attempt that ends to the canaries that are there at the time.
class CanaryWatch final : public history::AttemptObserver {
public:
    void on_attempt(const history::Attempt& row) override {
        for (Canary* const each : canaries_) each->see(row);
    }
    void add(Canary& canary) { canaries_.push_back(&canary); }
    void remove(const Canary& canary) { std::erase(canaries_, &canary); }

private:
    std::vector<Canary*> canaries_;
};

}  // namespace reshake::chaos
