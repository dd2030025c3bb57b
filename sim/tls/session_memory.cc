#include "sim/tls/session_memory.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "sim/base/check.h"

namespace reshake::tls {
namespace {

/// Session ids are 32 random bytes: eight of them tell a run's sessions apart.
std::uint64_t key_of(SessionMemory::Id id) {
    std::uint64_t key = 0;
    RESHAKE_CHECK(id.size() >= sizeof key);
    std::memcpy(&key, id.data(), sizeof key);
    return key;
}

}  // namespace

void SessionMemory::stored(Id id, Instant until) { stored_[key_of(id)] = until; }

void SessionMemory::dropped(Id id, TicketVerdict why, Instant now) {
    forget_the_oldest(now);
    stored_.erase(key_of(id));
    dropped_[key_of(id)] = why;
}

TicketVerdict SessionMemory::verdict(Id id, Instant now) const {
    const std::uint64_t key = key_of(id);
    if (const auto found = stored_.find(key); found != stored_.end()) {
        return now > found->second ? TicketVerdict::expired : TicketVerdict::refused;
    }
    for (const auto* drops : {&dropped_, &dropped_before_}) {
        if (const auto found = drops->find(key); found != drops->end()) return found->second;
    }
    return TicketVerdict::not_cached;
}

void SessionMemory::forget_the_oldest(Instant now) {
    if (now - turned_ < lifetime_) return;
    // After two lifetimes of silence both generations are too old.
    const bool both = now - turned_ >= 2 * lifetime_;
    dropped_before_ = both ? decltype(dropped_){} : std::exchange(dropped_, {});
    dropped_.clear();
    turned_ = now;
}

}  // namespace reshake::tls
