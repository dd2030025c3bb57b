// Which server of a site serves an attempt, and which sites take attempts at all.
//
// Source: jump consistent hash (Lamping, Veach, arXiv:1406.2294).
#pragma once

#include <cstddef>
#include <cstdint>
#include <unordered_map>
#include <vector>

#include "models/fleet.h"
#include "models/health_check.h"
#include "models/outlier_detection.h"
#include "sim/base/random.h"
#include "sim/base/time.h"
#include "sim/history/history.h"

namespace reshake::host {

/// A bucket of `buckets` for `key`: when a bucket is added, only 1 in `buckets` of the keys move,
/// and all of them to the new one.
[[nodiscard]] std::uint32_t jump_hash(std::uint64_t key, std::uint32_t buckets) noexcept;

/// Balances each site by itself.
///
/// What it draws comes from the streams of the attempt and of its client, so that no client's
/// randomness depends on another's. With `round-robin` and `least-connections` the choice itself
/// depends on who else is there: that is what they are for.
class Balancer {
public:
    explicit Balancer(const Fleet& fleet);
    Balancer(const Balancer&) = delete;
    Balancer& operator=(const Balancer&) = delete;

    struct Caller {
        std::uint64_t id = 0;  ///< Of the client, in the whole run.
        const Random& client;
        const Random& attempt;
    };
    /// A server of `site`, from 0. To be given back when the attempt is over.
    [[nodiscard]] std::uint32_t pick(std::size_t site, const Caller& caller, Instant now);
    void give_back(std::size_t site, std::uint32_t server);

    /// Whether any server of `site` is not drained.
    [[nodiscard]] bool takes_attempts(std::size_t site) const;
    /// Nobody new is sent to a server until `refill`; both add up.
    void drain(std::size_t site, std::uint32_t server);
    void refill(std::size_t site, std::uint32_t server);

    /// Gives every server its health checks. `random` draws when each server's first probe leaves.
    void check_health(const HealthCheck& check, const Random& random);
    /// What a probe of the server meets from now on.
    void note(std::size_t site, std::uint32_t server, ProbeAnswer answer, Instant now);

    /// Ejects servers by how attempts at them end, and writes down whom.
    void detect_outliers(const OutlierDetection& law, history::Table<history::Overload>& overload);
    /// An attempt is over.
    void judge(const history::Attempt& row, Instant now);

private:
    using Servers = std::vector<std::uint32_t>;  ///< Of one site, rising.

    struct Stuck {
        std::uint32_t server = 0;
        Instant until = run_start;
    };
    struct Site {
        std::uint32_t next = 0;  ///< Whose turn it is.
        std::vector<std::uint32_t> under_way;
        std::unordered_map<std::uint64_t, Stuck> stuck;  ///< By client.
        std::vector<std::uint32_t> drains;               ///< By server: how often drained.
        std::vector<Health> health;                      ///< By server; empty: nobody checks.
        std::vector<Outlier> outliers;                   ///< By server; empty: nobody judges.
        bool disturbed = false;                          ///< Something of it has ever changed.
    };

    [[nodiscard]] bool usable(Site& site, std::uint32_t server, Instant now) const;
    [[nodiscard]] Servers able(Site& site, Instant now) const;
    [[nodiscard]] std::uint32_t choose(Site& site, const Servers& able, const Caller& caller,
                                       Instant now) const;
    [[nodiscard]] std::uint32_t take_turn(Site& site, std::uint32_t server) const;

    Balancing how_;
    Duration sticky_lifetime_;
    std::uint32_t servers_;
    Servers all_;
    std::vector<Site> sites_;
    const OutlierDetection* outliers_ = nullptr;
    history::Table<history::Overload>* overload_ = nullptr;
};

}  // namespace reshake::host
