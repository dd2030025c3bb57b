#include "sim/host/balancer.h"

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
      sites_(fleet.sites.size()) {
    for (Site& site : sites_) site.under_way.resize(servers_);
}

std::uint32_t Balancer::pick(std::size_t site, const Caller& caller, Instant now) {
    const std::uint32_t server = choose(sites_[site], caller, now);
    ++sites_[site].under_way[server];
    return server;
}

void Balancer::give_back(std::size_t site, std::uint32_t server) {
    RESHAKE_CHECK(sites_[site].under_way[server] > 0);
    --sites_[site].under_way[server];
}

std::uint32_t Balancer::choose(Site& site, const Caller& caller, Instant now) const {
    switch (how_) {
        case Balancing::random:
            break;
        case Balancing::round_robin:
            return take_turn(site, site.next);
        case Balancing::least_connections: {
            std::uint32_t best = site.next;
            for (std::uint32_t i = 1; i < servers_; ++i) {
                const std::uint32_t other = (site.next + i) % servers_;
                if (site.under_way[other] < site.under_way[best]) best = other;
            }
            return take_turn(site, best);
        }
        case Balancing::consistent_hash: {
            Random key = caller.client.stream("consistent hash");
            return jump_hash(key.next_u64(), servers_);
        }
        case Balancing::sticky: {
            Stuck& stuck = site.stuck[caller.id];
            if (now >= stuck.until) stuck.server = draw(caller);
            stuck.until = now + sticky_lifetime_;
            return stuck.server;
        }
    }
    return draw(caller);
}

std::uint32_t Balancer::draw(const Caller& caller) const {
    return caller.attempt.stream("server choice").below(servers_);
}

std::uint32_t Balancer::take_turn(Site& site, std::uint32_t server) const {
    site.next = (server + 1) % servers_;
    return server;
}

}  // namespace reshake::host
