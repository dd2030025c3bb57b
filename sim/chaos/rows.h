// What judges read off the rows of attempts, and write into those of violations.
#pragma once

#include <cstdint>
#include <tuple>

#include "sim/history/history.h"

namespace reshake::chaos {

[[nodiscard]] inline history::Violation of_attempt(const history::Attempt& row, double measured,
                                                   double allowed) noexcept {
    return {.at = row.started,
            .population = row.population,
            .client = row.client,
            .visit = row.visit,
            .connection = row.connection,
            .attempt = row.attempt,
            .measured = measured,
            .allowed = allowed};
}

/// One of a client's connections: population, client, visit, connection.
using ConnectionKey = std::tuple<std::uint16_t, std::uint32_t, std::uint32_t, std::uint16_t>;

[[nodiscard]] inline ConnectionKey key_of(const history::Attempt& row) noexcept {
    return {row.population, row.client, row.visit, row.connection};
}

}  // namespace reshake::chaos
