#include "sim/host/balancer.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <vector>

namespace reshake::host {
namespace {

using namespace std::chrono_literals;

Fleet fleet_of(std::uint32_t servers, Balancing how) {
    return {.name = "edge",
            .sites = {{.name = "ams"}, {.name = "iad"}},
            .servers_per_site = servers,
            .balancing = how,
            .sticky_lifetime = 10min};
}

/// Picks of one client after another, each with streams of its own.
class Clients {
public:
    explicit Clients(Balancer& balancer) : balancer_(balancer) {}

    std::uint32_t pick(std::uint64_t client, Instant now = run_start, std::size_t site = 0) {
        const Random own = root_.stream(client);
        const Random attempt = own.stream(tries_++);
        return balancer_.pick(site, {.id = client, .client = own, .attempt = attempt}, now);
    }

private:
    Balancer& balancer_;
    Random root_{7};
    std::uint64_t tries_ = 0;
};

TEST(Balancer, RoundRobinTakesTurnsAtEachSiteByItself) {
    Balancer balancer(fleet_of(3, Balancing::round_robin));
    Clients clients(balancer);
    for (std::uint32_t i = 0; i < 9; ++i) {
        EXPECT_EQ(clients.pick(i), i % 3);
        if (i % 2 == 0) {
            EXPECT_EQ(clients.pick(i, run_start, 1), i / 2 % 3);
        }
    }
}

TEST(Balancer, LeastConnectionsNeverLetsTwoServersDifferByMoreThanOneWhileNobodyLeaves) {
    Balancer balancer(fleet_of(4, Balancing::least_connections));
    Clients clients(balancer);
    std::vector<int> under_way(4);
    for (std::uint64_t i = 0; i < 40; ++i) {
        ++under_way[clients.pick(i)];
        const auto [least, most] = std::minmax_element(under_way.begin(), under_way.end());
        EXPECT_LE(*most - *least, 1);
    }
    for (int i = 0; i < 5; ++i) balancer.give_back(0, 2);
    for (std::uint64_t i = 0; i < 5; ++i) EXPECT_EQ(clients.pick(i), 2u);
}

TEST(Balancer, LeastConnectionsTakesTurnsAmongIdleServers) {
    Balancer balancer(fleet_of(3, Balancing::least_connections));
    Clients clients(balancer);
    for (std::uint32_t i = 0; i < 6; ++i) {
        const std::uint32_t server = clients.pick(i);
        EXPECT_EQ(server, i % 3);
        balancer.give_back(0, server);
    }
}

TEST(Balancer, ConsistentHashKeepsAClientsServerAndSpreadsClientsEvenly) {
    constexpr std::uint32_t servers = 5;
    constexpr int clients_count = 5000;
    Balancer balancer(fleet_of(servers, Balancing::consistent_hash));
    Clients clients(balancer);
    std::vector<int> share(servers);
    for (std::uint64_t client = 0; client < clients_count; ++client) {
        const std::uint32_t server = clients.pick(client);
        EXPECT_EQ(clients.pick(client, run_start + 24h), server);
        ++share[server];
    }
    for (const int count : share) {
        EXPECT_NEAR(count, clients_count / 5.0, 4 * std::sqrt(clients_count * 0.2 * 0.8));
    }
}

TEST(JumpHash, AServerMoreMovesOnlyItsShareOfTheClientsAndOnlyToItself) {
    constexpr int keys = 20'000;
    Random draw(3);
    int moved = 0;
    for (int i = 0; i < keys; ++i) {
        const std::uint64_t key = draw.next_u64();
        const std::uint32_t before = jump_hash(key, 7);
        const std::uint32_t after = jump_hash(key, 8);
        EXPECT_LT(before, 7u);
        if (after == before) continue;
        EXPECT_EQ(after, 7u);
        ++moved;
    }
    EXPECT_NEAR(moved, keys / 8.0, 4 * std::sqrt(keys * 0.125 * 0.875));
}

TEST(Balancer, StickyKeepsAServerWhileTheClientComesBackInTime) {
    Balancer balancer(fleet_of(64, Balancing::sticky));
    Clients clients(balancer);
    Instant now = run_start + 1h;
    const std::uint32_t server = clients.pick(1, now);
    for (int i = 0; i < 20; ++i) EXPECT_EQ(clients.pick(1, now += 9min), server);
    // Each silence of the whole lifetime draws anew: twenty times the same of 64 is no chance.
    int elsewhere = 0;
    for (int i = 0; i < 20; ++i) elsewhere += clients.pick(1, now += 10min) != server ? 1 : 0;
    EXPECT_GT(elsewhere, 15);
}

TEST(Balancer, WhatAClientDrawsDoesNotDependOnTheOthers) {
    for (const Balancing how : {Balancing::random, Balancing::consistent_hash, Balancing::sticky}) {
        Balancer alone(fleet_of(16, how));
        Balancer busy(fleet_of(16, how));
        const Random root(9);
        for (std::uint64_t i = 0; i < 30; ++i) {
            const Random own = root.stream(std::uint64_t{1});
            const Random attempt = own.stream(i);
            const Balancer::Caller caller{.id = 1, .client = own, .attempt = attempt};
            const Random others = root.stream(2 + i);
            (void)busy.pick(0, {.id = 2 + i, .client = others, .attempt = others}, run_start);
            EXPECT_EQ(alone.pick(0, caller, run_start), busy.pick(0, caller, run_start));
        }
    }
}

constexpr Balancing every_way[] = {Balancing::random, Balancing::round_robin,
                                   Balancing::least_connections, Balancing::consistent_hash,
                                   Balancing::sticky};

/// How often each of five servers is picked, a hundred clients each coming once.
std::vector<int> picks(Balancer& balancer, Instant now) {
    Clients clients(balancer);
    std::vector<int> count(5);
    for (std::uint64_t client = 0; client < 100; ++client) {
        const std::uint32_t server = clients.pick(client, now);
        ++count[server];
        balancer.give_back(0, server);
    }
    return count;
}

TEST(Balancer, ADrainedServerIsPickedByNobodyTheOthersByAllUntilItIsRefilled) {
    for (const Balancing how : every_way) {
        Balancer balancer(fleet_of(5, how));
        const auto before = picks(balancer, run_start);
        balancer.drain(0, 2);
        balancer.drain(0, 2);
        balancer.refill(0, 2);
        const auto drained = picks(balancer, run_start);
        for (std::size_t i = 0; i < 5; ++i) EXPECT_EQ(drained[i] == 0, i == 2) << name_of(how);
        balancer.refill(0, 2);
        EXPECT_EQ(picks(balancer, run_start + 1h), before) << name_of(how);
        EXPECT_TRUE(balancer.takes_attempts(0));
    }
}

TEST(Balancer, AnEjectedServerMovesOnlyItsOwnClientsOfAConsistentHash) {
    Balancer balancer(fleet_of(5, Balancing::consistent_hash));
    balancer.check_health({}, Random(1));
    Clients clients(balancer);
    std::vector<std::uint32_t> before;
    for (std::uint64_t i = 0; i < 100; ++i) before.push_back(clients.pick(i));
    balancer.note(0, 3, ProbeAnswer::refused, run_start + 1min);
    for (std::uint64_t i = 0; i < 100; ++i) {
        EXPECT_EQ(clients.pick(i, run_start + 2min) == before[i], before[i] != 3);
    }
}

TEST(Balancer, WhereNobodyIsHealthyAllAreUsedButThoseThatAreDrained) {
    for (const Balancing how : every_way) {
        Balancer balancer(fleet_of(5, how));
        balancer.check_health({}, Random(1));
        balancer.drain(0, 4);
        for (std::uint32_t i = 0; i < 5; ++i) {
            balancer.note(0, i, ProbeAnswer::refused, run_start + 1min);
        }
        const auto count = picks(balancer, run_start + 2min);
        for (std::size_t i = 0; i < 5; ++i) EXPECT_EQ(count[i] == 0, i == 4) << name_of(how);
        for (std::uint32_t i = 0; i < 4; ++i) balancer.drain(0, i);
        EXPECT_FALSE(balancer.takes_attempts(0));
        EXPECT_EQ(std::ranges::count(picks(balancer, run_start + 2h), 0), 0) << name_of(how);
        EXPECT_TRUE(balancer.takes_attempts(1));
    }
}

}  // namespace
}  // namespace reshake::host
