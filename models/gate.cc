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
      jitter_(fault.jitter, random.stream("jitter")) {}

bool Gate::on(Instant now) const noexcept {
    if (!flapping_) return true;
    const Duration since = (now - start_) % flapping_->period;
    return static_cast<double>(since.count()) <
           flapping_->share * static_cast<double>(flapping_->period.count());
}

Gate::Toll Gate::pass(Instant now) {
    if (shuts_ || !on(now)) return {};
    if (loss_ > 0.0 && losses_.chance(loss_)) return {.lost = true};
    Instant leaves = now + delay_ + jitter_.delay(now);
    if (!jitter_.reorders()) leaves = std::max(leaves, last_left_);
    last_left_ = leaves;
    return {.delay = leaves - now};
}

}  // namespace reshake
