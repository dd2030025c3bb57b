#include "models/loss.h"

#include <algorithm>
#include <utility>

#include "sim/base/check.h"
#include "sim/base/portable_math.h"

namespace reshake {
namespace {

/// The chain starts in its long-run distribution, so that the first packet is like any other.
bool starts_bad(const Loss& law, Random& random) noexcept {
    if (const auto* chain = std::get_if<GilbertElliott>(&law)) {
        return random.chance(bad_share(chain->mean_loss, chain->loss_good, chain->loss_bad));
    }
    if (const auto* chain = std::get_if<GilbertElliottInTime>(&law)) {
        return random.chance(bad_share(chain->mean_loss, chain->loss_good, chain->loss_bad));
    }
    return false;
}

}  // namespace

LossProcess::LossProcess(Loss law, Random random) noexcept
    : law_(std::move(law)), random_(std::move(random)), bad_(starts_bad(law_, random_)) {}

bool LossProcess::loses(Instant now) noexcept {
    RESHAKE_CHECK(now >= last_);
    bool lost = false;
    if (const auto* bernoulli = std::get_if<Bernoulli>(&law_)) {
        lost = loses_by(*bernoulli);
    } else if (const auto* chain = std::get_if<GilbertElliott>(&law_)) {
        lost = loses_by(*chain);
    } else if (const auto* timed = std::get_if<GilbertElliottInTime>(&law_)) {
        lost = loses_by(*timed, now);
    } else if (const auto* script = std::get_if<DropPackets>(&law_)) {
        lost = std::ranges::find(script->numbers, ++passed_) != script->numbers.end();
    }
    last_ = now;
    return lost;
}

bool LossProcess::loses_by(const Bernoulli& law) noexcept { return random_.chance(law.loss); }

bool LossProcess::loses_by(const GilbertElliott& law) noexcept {
    const bool lost = random_.chance(bad_ ? law.loss_bad : law.loss_good);
    const double share = bad_share(law.mean_loss, law.loss_good, law.loss_bad);
    const double bad_to_good = 1.0 / law.mean_burst;
    // Balance: share * bad_to_good = (1 - share) * good_to_bad. `validate` keeps this below 1.
    const double good_to_bad = share < 1.0 ? bad_to_good * share / (1.0 - share) : 1.0;
    const double leaves = bad_ ? (share < 1.0 ? bad_to_good : 0.0) : good_to_bad;
    if (random_.chance(leaves < 1.0 ? leaves : 1.0)) bad_ = !bad_;
    return lost;
}

bool LossProcess::loses_by(const GilbertElliottInTime& law, Instant now) noexcept {
    const double share = bad_share(law.mean_loss, law.loss_good, law.loss_bad);
    if (share > 0.0 && share < 1.0) {
        // P(bad at t) = share + (state - share) exp(-t (rate out of bad + rate out of good)).
        const double rate_sum = 1.0 / static_cast<double>(law.mean_burst.count()) / (1.0 - share);
        const double memory = portable_exp(-static_cast<double>((now - last_).count()) * rate_sum);
        bad_ = random_.chance(share + ((bad_ ? 1.0 : 0.0) - share) * memory);
    } else {
        bad_ = share >= 1.0;
    }
    return random_.chance(bad_ ? law.loss_bad : law.loss_good);
}

}  // namespace reshake
