// A cell of a full radio model: an access point or a base station, and the stations around it.
//
// Only a build with RESHAKE_RADIO=1 has such models; see `radio_is_built_in`.
#pragma once

#include <cstdint>

#include "models/way.h"

namespace reshake::net {

class RadioCell {
public:
    virtual ~RadioCell() = default;
    /// Of a client's station. Stays as long as the cell.
    [[nodiscard]] virtual Way& way(std::uint32_t station, Direction direction) = 0;
};

/// Whether the linked ns-3 has its wifi and lte modules.
[[nodiscard]] bool radio_is_built_in() noexcept;

}  // namespace reshake::net
