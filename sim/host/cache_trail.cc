#include "sim/host/cache_trail.h"

#include <cstring>

#include "sim/base/check.h"

namespace reshake::host {
namespace {

using history::SecurityAction;
using history::SecurityReason;
using history::SecuritySubject;

/// A key begins with its session's id, which the servers name by its first eight bytes.
std::uint64_t session_of(const std::string& key) {
    std::uint64_t number = 0;
    RESHAKE_CHECK(key.size() >= sizeof number);
    std::memcpy(&number, key.data(), sizeof number);
    return number;
}

SecurityReason reason_of(CacheAnswer why) noexcept {
    switch (why) {
        case CacheAnswer::evicted:
            return SecurityReason::evicted;
        case CacheAnswer::taken:
            return SecurityReason::spent;
        case CacheAnswer::removed:
            return SecurityReason::unclean_close;
        case CacheAnswer::hit:
        case CacheAnswer::not_cached:
        case CacheAnswer::expired:
            break;
    }
    return SecurityReason::none;
}

}  // namespace

void CacheTrail::add(SecurityAction action, SecuritySubject subject, SecurityReason why,
                     std::uint64_t ticket) {
    events_.add({.at = simulation_.now() - run_start,
                 .action = action,
                 .subject = subject,
                 .why = why,
                 .machine = history::SecurityMachine::cache,
                 .site = site_,
                 .server = replica_,
                 .ticket = ticket});
}

void CacheTrail::stored(const std::string& key) {
    keys_[session_of(key)] = key;
    add(SecurityAction::store, SecuritySubject::entry, SecurityReason::none, session_of(key));
}

void CacheTrail::dropped(const std::string& key, CacheAnswer why) {
    keys_.erase(session_of(key));
    const auto action =
        why == CacheAnswer::expired ? SecurityAction::expire : SecurityAction::evict;
    add(action, SecuritySubject::entry, reason_of(why), session_of(key));
}

void CacheTrail::missed(const std::string& key) {
    if (!keys_.contains(session_of(key))) return;
    add(SecurityAction::refuse, SecuritySubject::entry, SecurityReason::other_context,
        session_of(key));
}

void CacheTrail::wiped() {
    keys_.clear();
    add(SecurityAction::wipe, SecuritySubject::memory, SecurityReason::none, 0);
}

}  // namespace reshake::host
