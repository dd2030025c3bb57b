#include "sim/tls/ticket_keys.h"

#include <algorithm>
#include <utility>

namespace reshake::tls {

TicketKeys::TicketKeys(std::optional<StekRotation> rotation, Random root)
    : rotation_(rotation), root_(std::move(root)) {}

const Stek& TicketKeys::issuing(Instant now) {
    const std::uint64_t generation = current_generation(now);
    derive_up_to(generation);
    return steks_[generation];
}

TicketKeys::Lookup TicketKeys::find(std::span<const std::byte, 16> key_name, Instant now) {
    const std::uint64_t current = current_generation(now);
    derive_up_to(current);
    std::array<std::byte, 16> name{};
    std::ranges::copy(key_name, name.begin());
    const auto found = generation_of_.find(name);
    // Another server of the ring, whose clock is ahead, may already have made keys of our future.
    if (found == generation_of_.end() || found->second > current) {
        return {.verdict = TicketVerdict::unknown_key};
    }
    if (rotation_ && !can_open(*rotation_, found->second, std::max(now, run_start))) {
        return {.verdict = TicketVerdict::key_retired};
    }
    return {.verdict = TicketVerdict::accepted, .key = &steks_[found->second]};
}

std::uint64_t TicketKeys::current_generation(Instant now) const noexcept {
    // A clock that is behind may show a time before the start of the run.
    return rotation_ ? issuing_generation(*rotation_, std::max(now, run_start)) : 0;
}

void TicketKeys::derive_up_to(std::uint64_t generation) {
    while (steks_.size() <= generation) {
        const Stek& made = steks_.emplace_back(derive_stek(root_, steks_.size()));
        generation_of_.emplace(made.key_name, made.generation);
    }
}

}  // namespace reshake::tls
