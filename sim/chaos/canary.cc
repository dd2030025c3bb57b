#include "sim/chaos/canary.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "sim/base/portable_math.h"

namespace reshake::chaos {
namespace {

using history::Attempt;
using history::CanaryMetric;
using history::Outcome;
using history::RolloutVerdict;
using history::Verdict;

double seconds(Duration duration) noexcept { return static_cast<double>(duration.count()) / 1e9; }

/// Whether the service did not answer, unlike a client that went away itself.
bool is_failure(const Attempt& row) noexcept {
    return row.outcome != Outcome::ok && row.outcome != Outcome::vanished &&
           row.outcome != Outcome::moved && row.outcome != Outcome::unfinished;
}

/// Whether it can have resumed: a ServerHello came, and no alert after it.
bool is_answered(const Attempt& row) noexcept {
    return row.server_hello != history::not_reached && row.outcome != Outcome::alert;
}

Arm::Sample share(std::uint32_t part, std::uint32_t whole) noexcept {
    if (whole == 0) return {};
    // A share of none or all has no variance of its own: what was not seen yet may come.
    const double smoothed = (part + 1.0) / (whole + 2.0);
    return {.count = whole,
            .mean = static_cast<double>(part) / whole,
            .variance = smoothed * (1.0 - smoothed)};
}

}  // namespace

void Arm::see(const Attempt& row) noexcept {
    ++attempts_;
    if (is_failure(row)) ++failed_;
    if (is_answered(row)) {
        ++answered_;
        if (row.resumed) ++resumed_;
    }
    if (row.first_byte == history::not_reached) return;
    ++timed_;
    const double from_mean = seconds(row.first_byte) - mean_;
    mean_ += from_mean / timed_;
    squares_ += from_mean * (seconds(row.first_byte) - mean_);
}

Arm::Sample Arm::of(CanaryMetric metric) const noexcept {
    switch (metric) {
        case CanaryMetric::failed_share:
            return share(failed_, attempts_);
        case CanaryMetric::resumed_share:
            return share(resumed_, answered_);
        case CanaryMetric::first_byte_mean:
            break;
    }
    if (timed_ == 0) return {};
    return {
        .count = timed_, .mean = mean_, .variance = timed_ > 1 ? squares_ / (timed_ - 1.0) : 0.0};
}

Canary::Canary(const CanaryAnalysis& analysis, std::vector<bool> changed, Duration since)
    : analysis_(analysis),
      changed_(std::move(changed)),
      since_(since),
      quantile_(portable_normal_quantile((1.0 + analysis.confidence) / 2.0)) {}

void Canary::see(const Attempt& row) noexcept {
    if (row.started < since_) return;
    (changed_[row.site] ? changed_arm_ : others_arm_).see(row);
}

std::vector<RolloutVerdict> Canary::judge(Duration at) const {
    const RolloutVerdict row{.since = since_, .at = at};
    std::vector<RolloutVerdict> rows;
    if (analysis_.failed_share) {
        judge(CanaryMetric::failed_share, *analysis_.failed_share, row, rows);
    }
    if (analysis_.resumed_share) {
        judge(CanaryMetric::resumed_share, *analysis_.resumed_share, row, rows);
    }
    if (analysis_.first_byte_mean) {
        judge(CanaryMetric::first_byte_mean, seconds(*analysis_.first_byte_mean), row, rows);
    }
    return rows;
}

void Canary::judge(CanaryMetric metric, double margin, RolloutVerdict row,
                   std::vector<RolloutVerdict>& rows) const {
    const Arm::Sample changed = changed_arm_.of(metric);
    const Arm::Sample others = others_arm_.of(metric);
    row.metric = metric;
    row.changed_count = changed.count;
    row.others_count = others.count;
    row.changed = changed.mean;
    row.others = others.mean;
    if (std::min(changed.count, others.count) >= analysis_.min_count) {
        const double difference = changed.mean - others.mean;
        row.worse = metric == CanaryMetric::resumed_share ? -difference : difference;
        const double error =
            std::sqrt(changed.variance / changed.count + others.variance / others.count);
        row.low = row.worse - quantile_ * error;
        row.high = row.worse + quantile_ * error;
        if (row.low > margin) row.verdict = Verdict::roll_back;
        if (row.high <= margin) row.verdict = Verdict::go_on;
    }
    rows.push_back(row);
}

}  // namespace reshake::chaos
