#include "sim/tls/session_memory.h"

#include <cstring>

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
    stored_.erase(key_of(id));
    dropped_.note(key_of(id), why, now);
}

TicketVerdict SessionMemory::verdict(Id id, Instant now) const {
    const std::uint64_t key = key_of(id);
    if (const auto found = stored_.find(key); found != stored_.end()) {
        return now > found->second ? TicketVerdict::expired : TicketVerdict::refused;
    }
    return dropped_.find(key).value_or(TicketVerdict::not_cached);
}

}  // namespace reshake::tls
