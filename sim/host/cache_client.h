// A server's way to its session cache: questions with a timeout, replicas in turn, news to all.
//
// The replica that answered last is asked first. When it is silent for the timeout the next is
// asked, and so on round; after the last there is no answer. One that was silent too often is left
// alone for a while (SessionCache.failure_limit). What is stored goes to every replica, and nobody
// waits for it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "models/cache_store.h"
#include "models/session_cache.h"
#include "sim/host/cache_messages.h"
#include "sim/host/cache_server.h"
#include "sim/net/datagram.h"
#include "sim/net/network.h"
#include "sim/net/simulation.h"

namespace reshake::host {

class CacheClient final : public net::DatagramEvents {
public:
    /// Whose cache it is, as in the record (-1: the fleet's), and who asks.
    struct Identity {
        std::int32_t cache = -1;
        std::uint16_t site = 0;
        std::uint16_t server = 1;
    };

    /// `settings` must outlive the client. At least one replica.
    CacheClient(const CacheSurroundings& surroundings, const SessionCache& settings,
                Identity identity, net::MachineId machine,
                std::vector<net::DatagramAddress> replicas);
    CacheClient(const CacheClient&) = delete;
    CacheClient& operator=(const CacheClient&) = delete;

    /// Nothing where no replica answered in time.
    using Answer = std::optional<CacheReply>;

    /// A question under way. Destroying it withdraws it.
    class Lookup {
    public:
        ~Lookup();
        Lookup(const Lookup&) = delete;
        Lookup& operator=(const Lookup&) = delete;

    private:
        friend class CacheClient;
        Lookup(CacheClient& client, CacheRequest request, std::function<void(Answer)> on_answer);
        /// The next replica that is not left alone; returns whether there is one.
        [[nodiscard]] bool ask();
        void on_timeout();
        /// Ends the question; the last call, which may destroy it.
        void end(Answer answer);

        CacheClient& client_;
        CacheRequest request_;
        std::function<void(Answer)> on_answer_;
        std::size_t turns_ = 0;  ///< Replicas that have been asked or passed over.
        std::size_t replica_;    ///< Asked last.
        Instant since_ = run_start;
        net::Alarm patience_;
    };
    /// `take`: nobody else shall find the entry. `on_answer` is called once, from the run loop, and
    /// may destroy the lookup. Null: nobody is asked, as all replicas are left alone.
    [[nodiscard]] std::unique_ptr<Lookup> look_up(std::string key, bool take,
                                                  std::function<void(Answer)> on_answer);

    void store(std::string key, std::vector<std::byte> value, Duration lifetime);
    void remove(std::string key);

private:
    void on_datagram(const net::DatagramAddress& from,
                     std::span<const std::byte> datagram) override;
    void tell_all(const CacheRequest& request);
    void note_silence(std::size_t replica);
    [[nodiscard]] bool left_alone(std::size_t replica) const;
    void note(std::size_t replica, history::CacheOperationKind operation, Instant since);

    CacheSurroundings surroundings_;
    const SessionCache& settings_;
    Identity identity_;
    std::vector<net::DatagramAddress> replicas_;
    struct Silence {
        std::uint32_t lookups = 0;  ///< In a row that it has not answered.
        Instant alone_until = run_start;
    };
    std::vector<Silence> silences_;  ///< Of each replica.
    std::size_t first_ = 0;          ///< The replica that answered last.
    std::uint64_t numbers_ = 0;
    std::unordered_map<std::uint64_t, Lookup*> under_way_;
    std::unique_ptr<net::DatagramPort> port_;
};

}  // namespace reshake::host
