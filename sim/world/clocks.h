// The clocks of a run's machines: of each server, of each population of clients, of the fleet's key
// coordinator. All are right until a fault puts them off.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "models/scenario.h"
#include "models/wall_clock.h"
#include "sim/chaos/operator.h"

namespace reshake::world {

class Clocks {
public:
    /// `scenario` must outlive this.
    explicit Clocks(const Scenario& scenario);
    Clocks(const Clocks&) = delete;
    Clocks& operator=(const Clocks&) = delete;

    [[nodiscard]] const WallClock& of(chaos::ServerIndex server) const;
    [[nodiscard]] const WallClock& of_population(std::size_t population) const {
        return populations_.at(population);
    }
    [[nodiscard]] const WallClock& of_coordinator() const noexcept { return coordinator_; }

    void put_off(const ClockSkew& fault, std::uint32_t cause, Instant now);
    void set_right(const ClockSkew& fault, std::uint32_t cause);

private:
    [[nodiscard]] std::vector<WallClock*> at(const std::string& path);

    const Scenario& scenario_;
    std::vector<WallClock> servers_;  ///< Site by site.
    std::vector<WallClock> populations_;
    WallClock coordinator_;
};

}  // namespace reshake::world
