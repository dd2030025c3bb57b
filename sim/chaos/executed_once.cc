#include "sim/chaos/executed_once.h"

#include <algorithm>
#include <utility>

namespace reshake::chaos {

void ExecutedOnceJudge::see(const history::Attempt& row) {
    const bool only = row.attempt == 0 && row.outcome == history::Outcome::ok;
    if (row.executions == 0 || (only && row.executions == 1)) return;
    Request& request = requests_[key_of(row)];
    request.executions += row.executions;
    // Within one attempt nothing but early data can arrive twice; and what was executed in vain as
    // early data is executed again where a later attempt is.
    request.twice |= row.executions > 1;
    if (row.early_executions > 0) request.first_early = std::min(request.first_early, row.attempt);
    if (row.attempt >= request.last.attempt) request.last = row;
}

std::vector<history::Violation> ExecutedOnceJudge::conclude(const std::vector<Duration>&) {
    std::vector<history::Violation> found;
    for (const auto& [key, request] : requests_) {
        if (!request.twice && request.first_early >= request.last.attempt) continue;
        found.push_back(of_attempt(request.last, request.executions, 1.0));
    }
    return found;
}

void NoReplayJudge::see(const history::Attempt& row) {
    // In an attempt a client sends its request as early data once: what comes again is a copy.
    if (row.early_executions <= 1) return;
    found_.push_back(of_attempt(row, row.early_executions, 1.0));
}

std::vector<history::Violation> NoReplayJudge::conclude(const std::vector<Duration>&) {
    return std::move(found_);
}

}  // namespace reshake::chaos
