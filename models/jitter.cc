#include "models/jitter.h"

#include <utility>

#include "sim/base/check.h"
#include "sim/base/portable_math.h"

namespace reshake {

JitterProcess::JitterProcess(const std::optional<Jitter>& law, Random random) noexcept
    : law_(law), random_(std::move(random)) {}

Duration JitterProcess::delay(Instant now) noexcept {
    if (!law_) return Duration::zero();
    RESHAKE_CHECK(now >= last_);
    if (held_ && law_->coherence > Duration::zero()) {
        const double memory = portable_exp(-static_cast<double>((now - last_).count()) /
                                           static_cast<double>(law_->coherence.count()));
        if (!random_.chance(memory)) held_ = draw();
    } else {
        held_ = draw();
    }
    last_ = now;
    return *held_;
}

Duration JitterProcess::draw() noexcept {
    if (law_->law == JitterLaw::exponential) return random_.exponential(law_->mean);
    return Duration(static_cast<std::int64_t>(random_.uniform() * 2.0 *
                                              static_cast<double>(law_->mean.count())));
}

}  // namespace reshake
