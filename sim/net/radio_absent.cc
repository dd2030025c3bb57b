// What stands in for the radio models in a build without them.
#include "sim/base/check.h"
#include "sim/net/radio_models.h"

namespace reshake::net {
namespace {

/// A scenario that asks for a cell is refused long before.
constexpr bool built_in = false;

}  // namespace

bool radio_is_built_in() noexcept { return built_in; }

std::unique_ptr<RadioCell> make_cell(const Wifi&, std::uint32_t, CarrierReports&, const Random&) {
    RESHAKE_CHECK(built_in);
    return nullptr;
}

std::unique_ptr<RadioCell> make_cell(const Lte&, std::uint32_t, CarrierReports&, const Random&) {
    RESHAKE_CHECK(built_in);
    return nullptr;
}

}  // namespace reshake::net
