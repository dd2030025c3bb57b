#include "models/arrivals.h"

#include <utility>

namespace reshake {

ArrivalProcess::ArrivalProcess(const Arrivals& law, std::size_t client, Random random) noexcept
    : law_(&law), random_(std::move(random)), client_(static_cast<std::uint32_t>(client)) {}

Instant ArrivalProcess::next() noexcept {
    if (const auto* poisson = std::get_if<Poisson>(law_)) {
        const Duration gap = random_.exponential(poisson->mean_gap);
        last_ = gap < never - last_ ? last_ + gap : never;
        return last_;
    }
    const auto& recorded = std::get<Trace>(*law_).visits;
    if (client_ >= recorded.size() || returned_ >= recorded[client_].size()) return never;
    return run_start + recorded[client_][returned_++];
}

}  // namespace reshake
