#include "sim/chaos/fault_schedule.h"

#include <variant>

namespace reshake::chaos {

FaultSchedule::FaultSchedule(const Scenario& scenario, const Places& places,
                             net::Simulation& simulation, net::Network& network,
                             history::History& history)
    : places_(places), simulation_(simulation), network_(network), history_(history) {
    for (std::size_t i = 0; i < scenario.faults.size(); ++i) {
        const auto index = static_cast<std::uint32_t>(i);
        std::visit(
            [&](const auto& fault) {
                if (fault.start >= scenario.duration) return;
                simulation_.at(run_start + fault.start,
                               [this, &fault, index] { begin(fault, index); });
                if (fault.lasts < scenario.duration - fault.start) {
                    simulation_.at(run_start + fault.start + fault.lasts,
                                   [this, &fault, index] { end(fault, index); });
                }
            },
            scenario.faults[i]);
    }
}

void FaultSchedule::begin(const Partition& fault, std::uint32_t index) {
    for (const net::PlaceId a : places_.of(fault.between[0])) {
        for (const net::PlaceId b : places_.of(fault.between[1])) network_.close_gate(a, b);
    }
    on_[index] = {.fault = index,
                  .kind = history::FaultKind::partition,
                  .began = simulation_.now() - run_start};
}

void FaultSchedule::end(const Partition& fault, std::uint32_t index) {
    for (const net::PlaceId a : places_.of(fault.between[0])) {
        for (const net::PlaceId b : places_.of(fault.between[1])) network_.open_gate(a, b);
    }
    history::Fault row = on_.at(index);
    on_.erase(index);
    row.ended = simulation_.now() - run_start;
    history_.faults.add(row);
}

void FaultSchedule::close() {
    for (const auto& [index, row] : on_) history_.faults.add(row);
    on_.clear();
}

}  // namespace reshake::chaos
