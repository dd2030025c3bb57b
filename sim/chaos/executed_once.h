// Judges whether early data made servers execute a request twice.
#pragma once

#include <cstdint>
#include <limits>
#include <map>
#include <vector>

#include "sim/chaos/judges.h"
#include "sim/chaos/rows.h"

namespace reshake::chaos {

/// See `ExecutedOnce`.
class ExecutedOnceJudge final : public Judge {
public:
    void see(const history::Attempt& row) override;
    [[nodiscard]] std::vector<history::Violation> conclude(
        const std::vector<Duration>& fault_ends) override;

private:
    /// One that was executed and did not succeed at once.
    struct Request {
        std::uint32_t executions = 0;
        bool twice = false;  ///< In one attempt.
        /// The first attempt in which it was executed as early data.
        decltype(history::Attempt::attempt) first_early =
            std::numeric_limits<decltype(history::Attempt::attempt)>::max();
        history::Attempt last;  ///< In which it was executed.
    };

    std::map<ConnectionKey, Request> requests_;
};

/// See `NoReplay`.
class NoReplayJudge final : public Judge {
public:
    void see(const history::Attempt& row) override;
    [[nodiscard]] std::vector<history::Violation> conclude(
        const std::vector<Duration>& fault_ends) override;

private:
    std::vector<history::Violation> found_;
};

}  // namespace reshake::chaos
