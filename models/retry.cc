#include "models/retry.h"

#include <utility>

namespace reshake {
namespace {

double as_number(Duration duration) noexcept { return static_cast<double>(duration.count()); }

Duration between(double least, double most, Random random) noexcept {
    return Duration(static_cast<std::int64_t>(least + random.uniform() * (most - least)));
}

/// The exponential of the law, step by step: it needs no power function, and stops at the cap.
double ceiling_of(const Retry& retry, std::uint32_t number) noexcept {
    const double cap = as_number(retry.max_backoff);
    double ceiling = std::min(as_number(retry.backoff), cap);
    for (std::uint32_t i = 1; i < number && ceiling < cap; ++i) {
        ceiling = std::min(ceiling * retry.multiplier, cap);
        if (retry.multiplier == 1.0) break;
    }
    return ceiling;
}

}  // namespace

Duration backoff_before(const Retry& retry, std::uint32_t number, Duration last,
                        Random random) noexcept {
    const double ceiling = ceiling_of(retry, number);
    switch (retry.jitter) {
        case BackoffJitter::none:
            break;
        case BackoffJitter::full:
            return between(0.0, ceiling, std::move(random));
        case BackoffJitter::equal:
            return between(ceiling / 2.0, ceiling, std::move(random));
        case BackoffJitter::decorrelated: {
            const double base = as_number(retry.backoff);
            const double before = number > 1 ? as_number(last) : base;
            const Duration drawn =
                between(base, std::max(base, retry.multiplier * before), std::move(random));
            return std::min(drawn, retry.max_backoff);
        }
    }
    return Duration(static_cast<std::int64_t>(ceiling));
}

}  // namespace reshake
