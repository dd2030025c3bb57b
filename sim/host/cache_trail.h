// Writes down what one replica of a session cache decides about its entries.
#pragma once

#include <cstdint>
#include <string>
#include <unordered_map>

#include "models/cache_store.h"
#include "sim/history/history.h"
#include "sim/net/simulation.h"

namespace reshake::host {

class CacheTrail {
public:
    /// `simulation` and `history` must outlive the trail. `site` is the cache's, -1 the fleet's;
    /// `replica` counts from 1, as in paths.
    CacheTrail(const net::Simulation& simulation, history::History& history, std::int32_t site,
               std::uint16_t replica) noexcept
        : simulation_(simulation),
          events_(history.security_events),
          site_(static_cast<std::int16_t>(site)),
          replica_(static_cast<std::int16_t>(replica)) {}
    CacheTrail(const CacheTrail&) = delete;
    CacheTrail& operator=(const CacheTrail&) = delete;

    void stored(const std::string& key);
    /// `why` is evicted, expired, taken or removed.
    void dropped(const std::string& key, CacheAnswer why);
    /// There is nothing under that key: a decision only where there is something under the same
    /// session's id for somebody else.
    void missed(const std::string& key);
    void wiped();

private:
    void add(history::SecurityAction action, history::SecuritySubject subject,
             history::SecurityReason why, std::uint64_t ticket);

    const net::Simulation& simulation_;
    history::Table<history::SecurityEvent>& events_;
    std::int16_t site_;
    std::int16_t replica_;
    std::unordered_map<std::uint64_t, std::string> keys_;  ///< Of the entries, by their sessions.
};

}  // namespace reshake::host
