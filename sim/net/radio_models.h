// How cells are made of a scenario's values. Without ns-3's radio models there are none to be made.
#pragma once

#include <cstdint>
#include <memory>

#include "models/radio_cell.h"
#include "models/way.h"
#include "sim/base/random.h"
#include "sim/net/radio_cell.h"

namespace reshake::net {

/// `clients` stations, and the neighbours that the value asks for. `reports` must outlive the cell.
/// Errors: aborts unless `radio_is_built_in`.
[[nodiscard]] std::unique_ptr<RadioCell> make_cell(const Wifi& wifi, std::uint32_t clients,
                                                   CarrierReports& reports, const Random& random);
[[nodiscard]] std::unique_ptr<RadioCell> make_cell(const Lte& lte, std::uint32_t clients,
                                                   CarrierReports& reports, const Random& random);

}  // namespace reshake::net
