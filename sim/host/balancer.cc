#include "sim/host/balancer.h"

#include <algorithm>
#include <numeric>
#include <utility>

#include "sim/base/check.h"

namespace reshake::host {

std::uint32_t jump_hash(std::uint64_t key, std::uint32_t buckets) noexcept {
    RESHAKE_CHECK(buckets > 0);
    std::int64_t bucket = 0;
    std::int64_t jump = 0;
    while (jump < std::int64_t{buckets}) {
        bucket = jump;
        key = key * 2862933555777941757u + 1;
        const auto share = static_cast<double>((key >> 33u) + 1);
        jump = static_cast<std::int64_t>(static_cast<double>(bucket + 1) *
                                         (static_cast<double>(std::int64_t{1} << 31) / share));
    }
    return static_cast<std::uint32_t>(bucket);
}

Balancer::Balancer(const Fleet& fleet)
    : how_(fleet.balancing),
      sticky_lifetime_(fleet.sticky_lifetime),
      servers_(fleet.servers_per_site),
      all_(servers_),
      sites_(fleet.sites.size()) {
    std::iota(all_.begin(), all_.end(), 0u);
    for (Site& site : sites_) {
        site.under_way.resize(servers_);
        site.drains.resize(servers_);
    }
}

std::uint32_t Balancer::pick(std::size_t site, const Caller& caller, Instant now) {
    Site& at = sites_[site];
    const std::uint32_t server =
        at.disturbed ? choose(at, able(at, now), caller, now) : choose(at, all_, caller, now);
    ++at.under_way[server];
    return server;
}

void Balancer::give_back(std::size_t site, std::uint32_t server) {
    RESHAKE_CHECK(sites_[site].under_way[server] > 0);
    --sites_[site].under_way[server];
}

bool Balancer::takes_attempts(std::size_t site) const {
    return std::ranges::any_of(sites_[site].drains,
                               [](std::uint32_t drains) { return drains == 0; });
}

void Balancer::drain(std::size_t site, std::uint32_t server) {
    ++sites_[site].drains[server];
    sites_[site].disturbed = true;
}

void Balancer::refill(std::size_t site, std::uint32_t server) {
    RESHAKE_CHECK(sites_[site].drains[server] > 0);
    --sites_[site].drains[server];
}

void Balancer::check_health(const HealthCheck& check, const Random& random) {
    for (std::size_t i = 0; i < sites_.size(); ++i) {
        for (std::uint32_t server = 0; server < servers_; ++server) {
            Random draw = random.stream(i).stream(server);
            const auto phase = draw.uniform() * static_cast<double>(check.interval.count());
            sites_[i].health.emplace_back(check, Duration(static_cast<std::int64_t>(phase)));
        }
    }
}

void Balancer::note(std::size_t site, std::uint32_t server, ProbeAnswer answer, Instant now) {
    if (sites_[site].health.empty()) return;
    sites_[site].health[server].change(answer, now);
    sites_[site].disturbed = true;
}

void Balancer::detect_outliers(const OutlierDetection& law,
                               history::Table<history::Overload>& overload) {
    outliers_ = &law;
    overload_ = &overload;
    for (Site& site : sites_) site.outliers.resize(servers_);
}

void Balancer::judge(const history::Attempt& row, Instant now) {
    using history::Outcome;
    if (outliers_ == nullptr) return;
    switch (row.outcome) {
        case Outcome::ok:
        case Outcome::connect_timeout:
        case Outcome::handshake_timeout:
        case Outcome::attempt_timeout:
        case Outcome::reset:
        case Outcome::truncated:
            break;
        case Outcome::alert:  // A verdict about the client, or of it.
        case Outcome::no_application_protocol:
        case Outcome::vanished:
        case Outcome::moved:
        case Outcome::unfinished:
            return;
    }
    const bool slow = outliers_->slow && row.handshake > *outliers_->slow;
    Site& site = sites_[row.site];
    Outlier& server = site.outliers[row.server - 1u];
    if (!server.note(row.outcome != Outcome::ok || slow, *outliers_, now)) return;
    const auto ejected = std::ranges::count_if(
        site.outliers, [&](const Outlier& each) { return each.ejected(now); });
    history::Overload event{.at = now - run_start, .site = row.site, .server = row.server};
    if (std::cmp_less(ejected, most_ejected(*outliers_, servers_))) {
        event.event = history::OverloadEvent::ejected;
        event.lasts = server.eject(*outliers_, now);
        site.disturbed = true;
    } else {
        event.event = history::OverloadEvent::spared;
    }
    overload_->add(event);
}

bool Balancer::usable(Site& site, std::uint32_t server, Instant now) const {
    return (site.health.empty() || site.health[server].healthy(now)) &&
           (site.outliers.empty() || !site.outliers[server].ejected(now));
}

/// Who may be picked; see `Balancing`.
Balancer::Servers Balancer::able(Site& site, Instant now) const {
    Servers not_drained;
    Servers healthy;
    for (const std::uint32_t server : all_) {
        if (site.drains[server] > 0) continue;
        not_drained.push_back(server);
        if (usable(site, server, now)) healthy.push_back(server);
    }
    const bool panic = outliers_ != nullptr &&
                       static_cast<double>(healthy.size()) <
                           outliers_->panic_threshold * static_cast<double>(not_drained.size());
    if (!healthy.empty() && !panic) return healthy;
    return not_drained.empty() ? all_ : not_drained;
}

std::uint32_t Balancer::choose(Site& site, const Servers& able, const Caller& caller,
                               Instant now) const {
    const auto count = static_cast<std::uint32_t>(able.size());
    const auto draw = [&] { return able[caller.attempt.stream("server choice").below(count)]; };
    // The first whose turn it is, and those after it.
    const auto next =
        static_cast<std::uint32_t>(std::ranges::lower_bound(able, site.next) - able.begin());
    switch (how_) {
        case Balancing::random:
            break;
        case Balancing::round_robin:
            return take_turn(site, able[next % count]);
        case Balancing::least_connections: {
            std::uint32_t best = able[next % count];
            for (std::uint32_t i = 1; i < count; ++i) {
                const std::uint32_t other = able[(next + i) % count];
                if (site.under_way[other] < site.under_way[best]) best = other;
            }
            return take_turn(site, best);
        }
        case Balancing::consistent_hash: {
            // Only those move whose server cannot be picked, each to where its next number says.
            Random key = caller.client.stream("consistent hash");
            std::uint32_t server = jump_hash(key.next_u64(), servers_);
            while (!std::ranges::binary_search(able, server)) {
                server = jump_hash(key.next_u64(), servers_);
            }
            return server;
        }
        case Balancing::sticky: {
            Stuck& stuck = site.stuck[caller.id];
            if (now >= stuck.until || !std::ranges::binary_search(able, stuck.server)) {
                stuck.server = draw();
            }
            stuck.until = now + sticky_lifetime_;
            return stuck.server;
        }
    }
    return draw();
}

std::uint32_t Balancer::take_turn(Site& site, std::uint32_t server) const {
    site.next = (server + 1) % servers_;
    return server;
}

}  // namespace reshake::host
