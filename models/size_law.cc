#include "models/size_law.h"

#include <algorithm>

#include "models/law_math.h"
#include "sim/base/portable_math.h"

namespace reshake {
namespace {

double one(const LogNormalBytes& law, Random& random) noexcept {
    const auto median = static_cast<double>(law.median);
    const double sigma = portable_log(static_cast<double>(law.p90) / median) / normal_p90;
    return median * bounded_exp(sigma * random.normal());
}

double one(const ParetoBytes& law, Random& random) noexcept {
    return static_cast<double>(law.least) * bounded_exp(standard_exponential(random) / law.shape);
}

double one(const EmpiricalBytes& law, Random& random) noexcept {
    const CurvePoint point = point_of(law.cumulative, random.uniform());
    const double least = point.index == 0 ? law.sizes.front() : law.sizes[point.index - 1];
    return least + point.share * (law.sizes[point.index] - least);
}

}  // namespace

std::uint32_t draw(const SizeLaw& law, std::uint32_t constant, Random random) noexcept {
    double bytes = constant;
    if (const auto* normal = std::get_if<LogNormalBytes>(&law)) bytes = one(*normal, random);
    if (const auto* pareto = std::get_if<ParetoBytes>(&law)) bytes = one(*pareto, random);
    if (const auto* curve = std::get_if<EmpiricalBytes>(&law)) bytes = one(*curve, random);
    return static_cast<std::uint32_t>(
        std::clamp(bytes, message_size.at_least, message_size.at_most));
}

}  // namespace reshake
