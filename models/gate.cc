#include "models/gate.h"

#include <algorithm>

namespace reshake {

Gate::Gate(const Partition& fault, const Random& random)
    : shuts_(true),
      start_(run_start + fault.start),
      flapping_(fault.flapping),
      losses_(random.stream("loss")),
      jitter_(std::nullopt, random.stream("jitter")) {}

Gate::Gate(const GreyFailure& fault, const Random& random)
    : shuts_(false),
      start_(run_start + fault.start),
      flapping_(fault.flapping),
      loss_(fault.loss),
      delay_(fault.delay),
      losses_(random.stream("loss")),
      keeps_order_(fault.jitter && !fault.jitter->reorders),
      jitter_(fault.jitter, random.stream("jitter")) {}

bool Gate::on(Instant now) const noexcept {
    if (!flapping_) return true;
    const Duration since = (now - start_) % flapping_->period;
    return static_cast<double>(since.count()) <
           flapping_->share * static_cast<double>(flapping_->period.count());
}

Gate::Toll Gate::pass(Instant now, Instant arrives, std::uint64_t flow) {
    if (shuts_ || !on(now)) return {};
    if (loss_ > 0.0 && losses_.chance(loss_)) return {.lost = true};
    const Instant leaves = arrives + delay_ + jitter_.delay(now);
    if (!keeps_order_) return {.delay = leaves - arrives};
    Instant& last = last_left_.try_emplace(flow, leaves).first->second;
    last = std::max(last, leaves);
    const Toll toll{.delay = last - arrives};
    if (last_left_.size() > many_) forget_who_has_left(now);
    return toll;
}

void Gate::forget_who_has_left(Instant now) {
    std::erase_if(last_left_, [now](const auto& entry) { return entry.second <= now; });
    many_ = std::max(std::size_t{64}, 2 * last_left_.size());
}

}  // namespace reshake
