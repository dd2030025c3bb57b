// Judges every invariant of a scenario by the attempts of a run.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "models/scenario.h"
#include "sim/history/history.h"

namespace reshake::chaos {

/// One invariant, and what it has seen so far.
class Judge {
public:
    virtual ~Judge() = default;
    /// An attempt that both its ends have let go of, in any order.
    virtual void see(const history::Attempt& row) = 0;
    /// The run is over, and faults ended at `fault_ends`: what broke the invariant.
    [[nodiscard]] virtual std::vector<history::Violation> conclude(
        const std::vector<Duration>& fault_ends) = 0;
};

class Judges final : public history::AttemptObserver {
public:
    /// `scenario` must outlive them.
    explicit Judges(const Scenario& scenario);

    void on_attempt(const history::Attempt& row) override;
    /// Records what did not hold. To be called once, when every attempt and fault is recorded.
    void conclude(history::History& history);

private:
    std::vector<std::unique_ptr<Judge>> judges_;  ///< By index into Scenario.invariants.
};

}  // namespace reshake::chaos
