// What servers and session caches say to each other, a datagram each.
//
// Source: the operations of memcached's protocol, over UDP; `take` is get and delete in one.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "models/cache_store.h"
#include "sim/base/time.h"

namespace reshake::host {

enum class CacheVerb : std::uint8_t { get, take, set, remove };

struct CacheRequest {
    CacheVerb verb = CacheVerb::get;
    std::uint64_t number = 0;  ///< Of a question: the answer bears it.
    std::uint16_t site = 0;    ///< Who asks, for the record: its site, and it in the site from 1.
    std::uint16_t server = 0;
    Duration lifetime{};  ///< Of `set`: how long the entry is good for.
    std::string key;
    std::vector<std::byte> value;  ///< Of `set`.
};

/// `set` and `remove` are not answered.
struct CacheReply {
    std::uint64_t number = 0;
    CacheAnswer answer = CacheAnswer::not_cached;
    std::vector<std::byte> value;  ///< Of a hit.
};

[[nodiscard]] std::vector<std::byte> as_bytes(const CacheRequest& request);
[[nodiscard]] std::vector<std::byte> as_bytes(const CacheReply& reply);

// Errors: abort if the bytes are not of the other two.
[[nodiscard]] CacheRequest parse_cache_request(std::span<const std::byte> bytes);
[[nodiscard]] CacheReply parse_cache_reply(std::span<const std::byte> bytes);

}  // namespace reshake::host
