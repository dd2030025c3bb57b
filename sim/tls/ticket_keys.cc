#include "sim/tls/ticket_keys.h"

#include <algorithm>
#include <utility>

namespace reshake::tls {

TicketKeys::TicketKeys(std::optional<StekRotation> rotation, Random root,
                       std::optional<ClockDerived> derived)
    : rotation_(rotation), root_(std::move(root)), derived_(derived) {}

const Stek& TicketKeys::issuing(const Reading& at) {
    return key_of(rotation_ ? issuing_generation(*rotation_, instant(at)) : 0);
}

const Stek& TicketKeys::key_of(std::int64_t generation) {
    const auto found = steks_.find(generation);
    if (found != steks_.end()) return found->second;
    const Stek& made = steks_.emplace(generation, derive_stek(root_, generation)).first->second;
    generation_of_.emplace(made.key_name, generation);
    return made;
}

void TicketKeys::make_around(std::int64_t current) {
    if (made_around_ == current) return;
    made_around_ = current;
    const std::int64_t kept = rotation_ ? rotation_->keep_previous : 0;
    const std::int64_t last = current + std::int64_t{accept_next()};
    for (std::int64_t each = current - kept; each <= last; ++each) key_of(each);
}

KeyRing::Lookup TicketKeys::find(std::span<const std::byte, 16> key_name, const Reading& at) {
    const Instant now = instant(at);
    const std::int64_t current = rotation_ ? issuing_generation(*rotation_, now) : 0;
    make_around(current);
    std::array<std::byte, 16> name{};
    std::ranges::copy(key_name, name.begin());
    const auto found = generation_of_.find(name);
    if (found == generation_of_.end()) return {.verdict = TicketVerdict::unknown_key};
    const std::int64_t generation = found->second;
    if (rotation_ && !can_open(*rotation_, generation, now, accept_next())) {
        // Another server, whose clock is ahead, may have sealed with a key of our future.
        const bool future = generation > current;
        return {.verdict = future ? TicketVerdict::unknown_key : TicketVerdict::key_retired};
    }
    return {.verdict = TicketVerdict::accepted, .key = &steks_.at(generation)};
}

}  // namespace reshake::tls
