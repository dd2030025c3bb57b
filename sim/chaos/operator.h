// What faults do to servers, as the world that has the servers does it.
#pragma once

#include <cstddef>
#include <cstdint>

#include "models/faults.h"
#include "models/tickets.h"
#include "models/tls_settings.h"

namespace reshake::chaos {

struct ServerIndex {
    std::size_t site = 0;
    std::uint32_t server = 0;  ///< Within the site, from 0.
};

/// A replica of a session cache.
struct CacheIndex {
    std::int32_t site = -1;     ///< Whose cache it is; -1: the fleet's.
    std::uint32_t replica = 0;  ///< From 0.
};

/// How a server's next process differs from the one before.
struct Succession {
    std::uint32_t fault = 0;  ///< Index of what caused it: names the keys that it brings.
    Fate memory = Fate::lost;
    Fate keys = Fate::kept;
    const ServerTls* tls = nullptr;    ///< Null: as before.
    const Tickets* tickets = nullptr;  ///< Null: as before.
};

class Operator {
public:
    virtual ~Operator() = default;
    virtual void take_down(ServerIndex server) = 0;
    virtual void bring_up(ServerIndex server) = 0;
    virtual void succeed(ServerIndex server, const Succession& succession) = 0;
    /// Nobody new is sent to the server until `refill`; both add up.
    virtual void drain(ServerIndex server) = 0;
    virtual void refill(ServerIndex server) = 0;
    /// Gates have been closed or opened.
    virtual void ways_changed() = 0;

    // Of the fleet's key coordinator.
    virtual void take_down_coordinator() = 0;
    virtual void bring_up_coordinator(const Succession& succession) = 0;

    virtual void put_off(const ClockSkew& fault, std::uint32_t index) = 0;
    virtual void set_right(const ClockSkew& fault, std::uint32_t index) = 0;

    // Of machines and processes. Each begins and is taken back as often.
    virtual void crash(ServerIndex server) = 0;
    virtual void boot(ServerIndex server, const Succession& succession) = 0;
    virtual void freeze(ServerIndex server) = 0;
    virtual void thaw(ServerIndex server) = 0;
    virtual void burden(ServerIndex server, const Overload& fault) = 0;
    virtual void relieve(ServerIndex server, const Overload& fault) = 0;

    // Of keys, certificates and settings: `fault` is the index of what does it, and takes it back.
    virtual void desync(ServerIndex server, const KeyDesync& fault, std::uint32_t index) = 0;
    virtual void resync(ServerIndex server, const KeyDesync& fault, std::uint32_t index) = 0;
    virtual void corrupt(ServerIndex server, std::uint32_t index) = 0;
    virtual void mend(ServerIndex server, std::uint32_t index) = 0;
    virtual void expire(ServerIndex server, const CertificateExpiry& fault,
                        std::uint32_t index) = 0;
    virtual void replace(ServerIndex server, const CertificateReplacement& fault,
                         std::uint32_t index) = 0;
    virtual void renew(ServerIndex server, std::uint32_t index) = 0;
    virtual void reinstate(ServerIndex server, std::uint32_t index) = 0;
    virtual void revoke(ServerIndex server, const Revocation& fault) = 0;
    virtual void flip(ServerIndex server, const PolicyFlip& fault, std::uint32_t index) = 0;
    virtual void flip_back(ServerIndex server, std::uint32_t index) = 0;
    virtual void roll_out(ServerIndex server, const StagedRollout& fault, std::uint32_t index) = 0;
    virtual void roll_back(ServerIndex server, const StagedRollout& fault, std::uint32_t index) = 0;

    virtual void forget(CacheIndex cache) = 0;
    virtual void take_down(CacheIndex cache) = 0;
    virtual void bring_up(CacheIndex cache, Fate memory) = 0;
};

}  // namespace reshake::chaos
