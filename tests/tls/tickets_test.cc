#include <gtest/gtest.h>

#include <tuple>

#include "sim/tls/handles.h"
#include "tests/tls/exchange.h"

namespace reshake::tls::testing {
namespace {

using namespace std::chrono_literals;

/// What the pure models say of a ticket sealed at `sealed` and offered at `offered`.
///
/// OpenSSL writes whole seconds into the ticket, and counts its lifetime from there.
TicketVerdict predicted(const std::optional<StekRotation>& rotation, Duration lifetime,
                        Instant sealed, Instant offered) {
    if (rotation && !can_open(*rotation, issuing_generation(*rotation, sealed), offered)) {
        return TicketVerdict::key_retired;
    }
    const Instant counted_from = std::chrono::floor<std::chrono::seconds>(sealed);
    return offered > counted_from + lifetime ? TicketVerdict::expired : TicketVerdict::accepted;
}

using Schedule = std::tuple<std::int64_t, std::int64_t, std::uint32_t>;

/// Lifetime and rotation in seconds (0: none), old keys kept.
class TicketSchedule : public ::testing::TestWithParam<Schedule> {};

TEST_P(TicketSchedule, OpensslDecidesAsTheModelPredictsToTheSecond) {
    const auto [lifetime_seconds, every_seconds, keep_previous] = GetParam();
    SiteSettings settings;
    settings.tickets.lifetime = std::chrono::seconds(lifetime_seconds);
    if (every_seconds > 0) {
        settings.tickets.rotation = {.every = std::chrono::seconds(every_seconds),
                                     .keep_previous = keep_previous};
    }
    Site site(settings);
    const Duration period = every_seconds > 0 ? settings.tickets.rotation->every : Duration(1h);

    int offers = 0;
    for (const Duration start : {Duration(0s), Duration(period - 1s), Duration(period),
                                 Duration(3 * period + 700ms), Duration(5 * period + 999ms)}) {
        const Instant sealed = run_start + start;
        const auto ticket = fresh_tickets(site, "seal", sealed).back();
        std::vector<Instant> moments{sealed, sealed + settings.tickets.lifetime / 2};
        const Instant whole = std::chrono::floor<std::chrono::seconds>(sealed);
        const auto period_start = run_start + (start / period) * period;
        for (const Duration around : {-1s, 0s, 1s}) {
            moments.push_back(whole + settings.tickets.lifetime + around);
            moments.push_back(period_start + period * (1 + keep_previous) + around);
        }
        moments.push_back(whole + settings.tickets.lifetime + 500ms);
        moments.push_back(period_start + period * (1 + keep_previous) - 1ns);
        for (const Instant offered : moments) {
            if (offered < sealed) continue;
            Connected connected(site, "offer", sealed, &ticket);
            // The client's clock stays behind, so that it offers what it would else hold back.
            connected.client_now = sealed;
            connected.server_now = offered;
            connected.run();
            const auto expected =
                predicted(settings.tickets.rotation, settings.tickets.lifetime, sealed, offered);
            EXPECT_EQ(connected.server->facts().ticket, expected)
                << "sealed " << sealed.time_since_epoch().count() << " offered "
                << offered.time_since_epoch().count();
            EXPECT_EQ(connected.client->facts().resumed, expected == TicketVerdict::accepted);
            EXPECT_EQ(connected.client->facts().state, State::established);
            ++offers;
        }
    }
    EXPECT_GE(offers, 40);
}

INSTANTIATE_TEST_SUITE_P(Schedules, TicketSchedule,
                         ::testing::Combine(::testing::Values(10, 600, 86'400, 7 * 86'400),
                                            ::testing::Values(0, 300, 43'200),
                                            ::testing::Values(0u, 1u, 3u)));

TEST(Tickets, AStoreHoldsBackWhatTheServerWouldCallExpired) {
    Site site;
    const auto ticket = fresh_tickets(site, "seal", run_start + 250ms).back();
    EXPECT_FALSE(ticket.expired(run_start + 250ms + ticket.lifetime));
    EXPECT_TRUE(ticket.expired(run_start + 251ms + ticket.lifetime));
}

TEST(Tickets, AnotherRingsTicketIsSealedByAnUnknownKey) {
    Site site;
    TicketKeys others(std::nullopt, Random(99));
    ServerContext elsewhere(site.library, {.groups = "X25519"}, {}, site.chain, others);
    const auto ticket = fresh_tickets(site, "seal", run_start).back();
    Connected connected(site.client, elsewhere, site.random, "offer", run_start, &ticket);
    connected.run();
    EXPECT_EQ(connected.server->facts().ticket, TicketVerdict::unknown_key);
    EXPECT_FALSE(connected.server->facts().resumed);
    EXPECT_EQ(connected.client->take_tickets().size(), 2u);
}

TEST(Tickets, TheSameRingOnTwoServersOpensEachOthersTickets) {
    Site site;
    TicketKeys same(std::nullopt, site.random.stream("steks"));
    ServerContext second(site.library, {.groups = "X25519"}, {}, site.chain, same);
    const auto ticket = fresh_tickets(site, "seal", run_start).back();
    Connected connected(site.client, second, site.random, "offer", run_start, &ticket);
    connected.run();
    EXPECT_EQ(connected.server->facts().ticket, TicketVerdict::accepted);
}

TEST(Tickets, AServerWhoseClockIsBehindDoesNotKnowTheKeyOfItsFuture) {
    SiteSettings settings;
    settings.tickets.rotation = {.every = 1h, .keep_previous = 1};
    Site site(settings);
    const auto ticket = fresh_tickets(site, "seal", run_start + 61min).back();
    Connected connected(site, "offer", run_start + 61min, &ticket);
    connected.server_now = run_start + 59min;
    connected.run();
    EXPECT_EQ(connected.server->facts().ticket, TicketVerdict::unknown_key);
}

TEST(Tickets, ATicketForAnotherHashIsRefusedAlthoughItOpens) {
    Site site;
    const auto ticket = fresh_tickets(site, "seal", run_start).back();
    ServerContext other(site.library,
                        {.groups = "X25519", .ciphersuites = "TLS_AES_128_GCM_SHA256"}, {},
                        site.chain, site.keys);
    ClientContext both(site.library, {.groups = "X25519"}, site.chain, server_name);
    Connected connected(both, other, site.random, "offer", run_start, &ticket);
    connected.run();
    EXPECT_EQ(connected.client->facts().state, State::established);
    EXPECT_FALSE(connected.server->facts().resumed);
    EXPECT_EQ(connected.server->facts().ticket, TicketVerdict::refused);
}

TEST(Tickets, ADamagedTicketFitsNoKeyAndADamagedKeyNameIsUnknown) {
    Site site;
    const auto ticket = fresh_tickets(site, "seal", run_start).back();
    const auto* key_name = site.keys.issuing(run_start).key_name.data();
    const auto at =
        std::search(ticket.session.begin(), ticket.session.end(), key_name, key_name + 16) -
        ticket.session.begin();
    ASSERT_LT(static_cast<std::size_t>(at) + 60, ticket.session.size());
    const auto verdict_with_damage_at = [&](std::ptrdiff_t offset) {
        Ticket damaged = ticket;
        damaged.session[static_cast<std::size_t>(at + offset)] ^= std::byte{1};
        Connected connected(site, "offer", run_start, &damaged);
        connected.run();
        EXPECT_EQ(connected.client->facts().state, State::established);
        return connected.server->facts().ticket;
    };
    EXPECT_EQ(verdict_with_damage_at(3), TicketVerdict::unknown_key);
    EXPECT_EQ(verdict_with_damage_at(50), TicketVerdict::key_damaged);
}

TEST(Tickets, RenewalStartsANewLifetime) {
    SiteSettings settings;
    settings.tickets.lifetime = 10min;
    Site site(settings);
    Ticket ticket = fresh_tickets(site, "seal", run_start).back();
    for (int visit = 1; visit <= 20; ++visit) {
        const Instant now = run_start + visit * 9min;
        Connected connected(site, "visit", now, &ticket);
        connected.run();
        EXPECT_TRUE(connected.server->facts().resumed) << visit;
        ticket = connected.client->take_tickets().back();
    }
}

TEST(Tickets, WhatTheStoreHoldsSurvivesAConnectionThatVanishes) {
    Site site;
    Ticket ticket;
    {
        Connected connected(site, "first", run_start);
        connected.run();
        ticket = connected.client->take_tickets().back();
    }
    Connected connected(site, "second", run_start + 1s, &ticket);
    connected.run();
    EXPECT_TRUE(connected.server->facts().resumed);
}

TEST(TicketRing, AgreesWithTheModelForEveryGeneration) {
    const StekRotation rotation{.every = 10s, .keep_previous = 2};
    const Random root = Random(5).stream("ring");
    TicketKeys keys(rotation, root.stream("x"));
    const Random same = root.stream("x");
    for (int second = 0; second < 120; ++second) {
        const Instant now = run_start + std::chrono::seconds(second);
        EXPECT_EQ(keys.issuing(now).generation, issuing_generation(rotation, now));
        for (std::int64_t generation = 0; generation < 14; ++generation) {
            const Stek stek = derive_stek(same, generation);
            const auto found = keys.find(stek.key_name, now);
            const bool made = generation <= issuing_generation(rotation, now);
            const auto expected = can_open(rotation, generation, now) ? TicketVerdict::accepted
                                  : made                              ? TicketVerdict::key_retired
                                                                      : TicketVerdict::unknown_key;
            ASSERT_EQ(found.verdict, expected);
            ASSERT_EQ(found.key != nullptr, expected == TicketVerdict::accepted);
            if (found.key != nullptr) {
                EXPECT_EQ(*found.key, stek);
            }
        }
    }
}

}  // namespace
}  // namespace reshake::tls::testing
