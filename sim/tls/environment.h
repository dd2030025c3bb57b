// Where OpenSSL meets virtual time, seeded randomness and metering.
//
// OpenSSL reads the time with libc calls and has no callback for it, so the linker redirects
// time(), gettimeofday() and clock_gettime() to this room (--wrap). Outside an environment the
// redirected calls reach libc, so that everything else in the process keeps real time.
#pragma once

#include <cstdint>

#include "models/device.h"
#include "sim/base/random.h"
#include "sim/base/time.h"

namespace reshake::tls {

/// CPU time charged to one connection's calls into OpenSSL.
struct Cost {
    Duration total{};
    Duration verification{};  ///< Of `total`: the signatures of the peer and its chain.
    Duration signing{};       ///< Of `total`: signatures of its own, or RSA key transport.
    Duration key_exchange{};  ///< Of `total`: key pairs, shared secrets, encapsulations.

    Cost& operator+=(const Cost& other) noexcept {
        total += other.total;
        verification += other.verification;
        signing += other.signing;
        key_exchange += other.key_exchange;
        return *this;
    }
};

/// While it lives, OpenSSL calls of this thread see `now`, which is what the machine's clock shows
/// and not the simulation's time where a fault has put that clock off; they draw from `random` and
/// charge to `cost` what they take on `payer`.
///
/// Every call into OpenSSL happens inside one, freeing included. Environments nest. `random`,
/// `cost` and `payer` must outlive it. A call for time or randomness outside any is an error of
/// ours that `stray_random_draws` makes visible to tests.
class Environment {
public:
    Environment(Instant now, Random& random, Cost& cost, const Device& payer) noexcept;
    /// Nobody pays.
    Environment(Instant now, Random& random) noexcept;
    ~Environment();
    Environment(const Environment&) = delete;
    Environment& operator=(const Environment&) = delete;

private:
    friend class Seams;  ///< The C callbacks of this room, defined beside them.
    Instant now_;
    Random* random_;
    Cost* cost_ = nullptr;
    const Device* payer_ = nullptr;
    Environment* outer_;
};

/// Draws of randomness that OpenSSL made outside any environment, since the process started.
[[nodiscard]] std::uint64_t stray_random_draws() noexcept;

}  // namespace reshake::tls
