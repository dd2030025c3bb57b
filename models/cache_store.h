// What a session cache holds, what it drops, and why it does not have what it is asked for.
//
// Source: the eviction of memcached's LRU, and of a queue; time to live as memcached's: looked at
//         when an entry is touched, never on a timer.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <list>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "models/recent_reasons.h"
#include "models/session_cache.h"
#include "sim/base/time.h"

namespace reshake {

/// What a question met.
enum class CacheAnswer {
    hit,
    not_cached,  ///< Never stored here, or before the memory was lost.
    evicted,     ///< Room was needed.
    expired,     ///< Its time to live was over.
    taken,       ///< A question that takes had it before.
    removed,     ///< A server had it removed.
};
[[nodiscard]] constexpr auto names_of(CacheAnswer) noexcept {
    return std::array<std::string_view, 6>{"hit",     "not_cached", "evicted",
                                           "expired", "taken",      "removed"};
}

/// Invariant: holds at most `capacity` entries. A key begins with eight bytes or more that tell it
/// from every other (session ids are random).
class CacheStore {
public:
    /// Remembers why an entry is gone for `remember`, the longest that it may be asked for.
    CacheStore(std::uint32_t capacity, Eviction eviction, Duration remember);

    using Value = std::vector<std::byte>;

    /// What made room for a new entry.
    enum class Room { free, evicted, expired };
    /// Keeps `value` under `key`, in the place of what was there, until `until`.
    Room set(const std::string& key, Value value, Instant until, Instant now);

    struct Found {
        CacheAnswer answer = CacheAnswer::not_cached;
        Value value;
    };
    [[nodiscard]] Found get(const std::string& key, Instant now);
    /// The same, and the entry is gone: nobody else will find it.
    [[nodiscard]] Found take(const std::string& key, Instant now);
    /// Whether it was there.
    bool remove(const std::string& key, Instant now);
    /// From now on each entry that goes for a reason is told to `witness`, before it is gone.
    void tell(std::function<void(const std::string& key, CacheAnswer why)> witness) {
        witness_ = std::move(witness);
    }
    /// Forgets everything, the reasons included.
    void clear();

    [[nodiscard]] std::size_t size() const noexcept { return by_key_.size(); }
    [[nodiscard]] bool holds(const std::string& key) const { return by_key_.contains(key); }
    /// Calls `visit(key, value)` for each entry, the next to be evicted last.
    template <typename Visitor>
    void for_each(Visitor&& visit) const {
        for (const Entry& entry : entries_) visit(entry.key, entry.value);
    }

private:
    struct Entry {
        std::string key;
        Value value;
        Instant until = never;
    };
    using Where = std::list<Entry>::iterator;

    /// The entry, if it is there and its time is not over.
    [[nodiscard]] Where find(const std::string& key, Instant now);
    void drop(Where entry, CacheAnswer why, Instant now);
    [[nodiscard]] CacheAnswer why_not(const std::string& key) const;

    std::uint32_t capacity_;
    Eviction eviction_;
    Duration remember_;
    std::list<Entry> entries_;  ///< The last is the next to go.
    std::unordered_map<std::string_view, Where> by_key_;
    RecentReasons<CacheAnswer> drops_;
    std::function<void(const std::string&, CacheAnswer)> witness_;  ///< Empty: nobody asks.
};

}  // namespace reshake
