#include "models/cache_store.h"

#include <cstring>
#include <utility>

#include "sim/base/check.h"

namespace reshake {
namespace {

std::uint64_t number_of(std::string_view key) {
    std::uint64_t number = 0;
    RESHAKE_CHECK(key.size() >= sizeof number);
    std::memcpy(&number, key.data(), sizeof number);
    return number;
}

}  // namespace

CacheStore::CacheStore(std::uint32_t capacity, Eviction eviction, Duration remember)
    : capacity_(capacity), eviction_(eviction), remember_(remember), drops_(remember) {
    RESHAKE_CHECK(capacity > 0);
}

CacheStore::Where CacheStore::find(const std::string& key, Instant now) {
    const auto found = by_key_.find(key);
    if (found == by_key_.end()) return entries_.end();
    if (now < found->second->until) return found->second;
    drop(found->second, CacheAnswer::expired, now);
    return entries_.end();
}

void CacheStore::drop(Where entry, CacheAnswer why, Instant now) {
    if (witness_) witness_(entry->key, why);
    drops_.note(number_of(entry->key), why, now);
    by_key_.erase(entry->key);
    entries_.erase(entry);
}

CacheAnswer CacheStore::why_not(const std::string& key) const {
    return drops_.find(number_of(key)).value_or(CacheAnswer::not_cached);
}

CacheStore::Room CacheStore::set(const std::string& key, Value value, Instant until, Instant now) {
    Room room = Room::free;
    if (const auto former = by_key_.find(key); former != by_key_.end()) {
        const Where entry = former->second;
        by_key_.erase(former);
        entries_.erase(entry);
    } else if (entries_.size() == capacity_) {
        const auto last = std::prev(entries_.end());
        room = now < last->until ? Room::evicted : Room::expired;
        drop(last, room == Room::evicted ? CacheAnswer::evicted : CacheAnswer::expired, now);
    }
    entries_.push_front({.key = key, .value = std::move(value), .until = until});
    by_key_.emplace(entries_.front().key, entries_.begin());
    return room;
}

CacheStore::Found CacheStore::get(const std::string& key, Instant now) {
    const auto entry = find(key, now);
    if (entry == entries_.end()) return {.answer = why_not(key), .value = {}};
    if (eviction_ == Eviction::lru) entries_.splice(entries_.begin(), entries_, entry);
    return {.answer = CacheAnswer::hit, .value = entry->value};
}

CacheStore::Found CacheStore::take(const std::string& key, Instant now) {
    const auto entry = find(key, now);
    if (entry == entries_.end()) return {.answer = why_not(key), .value = {}};
    Found found{.answer = CacheAnswer::hit, .value = std::move(entry->value)};
    drop(entry, CacheAnswer::taken, now);
    return found;
}

bool CacheStore::remove(const std::string& key, Instant now) {
    const auto entry = find(key, now);
    if (entry == entries_.end()) return false;
    drop(entry, CacheAnswer::removed, now);
    return true;
}

void CacheStore::clear() {
    by_key_.clear();
    entries_.clear();
    drops_ = RecentReasons<CacheAnswer>(remember_);
}

}  // namespace reshake
