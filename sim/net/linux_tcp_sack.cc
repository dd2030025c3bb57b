#include "sim/net/linux_tcp_sack.h"

#include <algorithm>
#include <iterator>

namespace reshake::net::linux_tcp {
namespace {

bool touch(const Range& a, const Range& b) noexcept { return a.first <= b.end && b.first <= a.end; }

}  // namespace

void SackReport::arrived_early(Range range) {
    std::erase_if(blocks_, [&](const Range& block) {
        if (!touch(block, range)) return false;
        range = {std::min(range.first, block.first), std::max(range.end, block.end)};
        return true;
    });
    blocks_.insert(blocks_.begin(), range);
}

void SackReport::advance(Position next) {
    std::erase_if(blocks_, [&](const Range& block) { return block.first <= next; });
}

void SackReport::arrived_twice(Range range) {
    if (duplicate_.first == duplicate_.end) {
        duplicate_ = range;
    } else if (touch(duplicate_, range)) {
        duplicate_ = {std::min(range.first, duplicate_.first), std::max(range.end, duplicate_.end)};
    }
}

bool SackReport::holds(Range range) const noexcept {
    return std::ranges::any_of(blocks_, [&](const Range& block) {
        return block.first <= range.first && range.end <= block.end;
    });
}

std::vector<Range> SackReport::take(std::size_t room) {
    std::vector<Range> report;
    if (duplicate_.first != duplicate_.end) report.push_back(duplicate_);
    duplicate_ = {};
    for (const Range& block : blocks_) report.push_back(block);
    if (report.size() > room) report.resize(room);
    return report;
}

}  // namespace reshake::net::linux_tcp
