#include "models/handover.h"

#include <algorithm>

namespace reshake {

HandoverProcess::HandoverProcess(const Handover& law, const Random& random) noexcept
    : law_(&law), cells_(random.stream("cells")) {
    if (law_->gap) drawn_.emplace(*law_->gap, random.stream("gaps"));
    find_next();
}

void HandoverProcess::find_next() noexcept {
    next_ = drawn_ ? drawn_->next() : never;
    if (given_ < law_->at.size()) next_ = std::min(next_, run_start + law_->at[given_]);
}

void HandoverProcess::pass() noexcept {
    if (drawn_ && drawn_->next() == next_) {
        drawn_->pass();
    } else {
        ++given_;
    }
    find_next();
}

std::uint32_t HandoverProcess::draw_cell() noexcept {
    return cells_.below(static_cast<std::uint32_t>(law_->to.size()));
}

}  // namespace reshake
