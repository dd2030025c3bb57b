// Radios that fall asleep, handovers and phases of the day: what a packet meets, and when.
#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "models/access_path.h"

namespace reshake {
namespace {

using namespace std::chrono_literals;

constexpr std::uint32_t size = 100;

/// One way of a client whose access it keeps alive.
struct Client {
    explicit Client(ClientAccess with, std::vector<Handover> by = {}, std::uint64_t seed = 1)
        : access(std::move(with)),
          handovers(std::move(by)),
          path(access, handovers, Random(seed)) {}

    /// How long a packet takes that comes after so much of the run.
    Duration takes(Duration at, Direction direction = Direction::uplink) {
        const Passage passage = path.way(direction).pass(run_start + at, size);
        return passage.fate == PacketFate::delivered ? passage.arrives - (run_start + at) : -1ns;
    }

    ClientAccess access;
    std::vector<Handover> handovers;
    AccessPath path;
};

constexpr Duration lost = -1ns;

TEST(Radio, TheFirstPacketAfterASilenceWaitsAndThoseBehindItToo) {
    Client client(Link{.delay = 20ms, .radio = Radio{.promotion = 260ms, .inactivity = 10s}});
    EXPECT_EQ(client.takes(1s), 280ms);  // Idle at the start of the run.
    EXPECT_EQ(client.takes(1s + 100ms), 180ms);
    EXPECT_EQ(client.takes(2s), 20ms);
    EXPECT_EQ(client.takes(2s + 9'999ms, Direction::downlink), 20ms);  // Either direction counts.
    EXPECT_EQ(client.takes(21s), 20ms);
    EXPECT_EQ(client.takes(31s), 280ms);
    EXPECT_EQ(client.takes(24h * 365), 280ms);
}

TEST(Radio, AnIdleDeviceIsPagedOnlyForWhatComesToIt) {
    const Radio radio{.promotion = 100ms, .inactivity = 5s, .paging = 1280ms};
    double sum = 0.0;
    constexpr int pages = 100'000;
    Client client(Link{.delay = 0ms, .radio = radio});
    for (int i = 0; i < pages; ++i) {
        const Duration waited = client.takes(1min * i, Direction::downlink);
        EXPECT_GE(waited, 100ms);
        EXPECT_LT(waited, 1380ms);
        sum += std::chrono::duration<double>(waited).count();
        EXPECT_EQ(client.takes(1min * i + 30s), 100ms);
    }
    EXPECT_NEAR(sum / pages, 0.1 + 0.64, 4 * 1.28 / std::sqrt(12.0 * pages));
}

TEST(Radio, WhatADeviceSendsDoesNotWaitForItsPage) {
    const Radio radio{.promotion = 100ms, .inactivity = 5s, .paging = 10s};
    Client client(Link{.delay = 0ms, .radio = radio});
    const Duration paged = client.takes(1min, Direction::downlink);
    ASSERT_GT(paged, 1s);  // Of the seed.
    EXPECT_EQ(client.takes(1min + 10ms), 100ms);
    EXPECT_EQ(client.takes(1min + 50ms), 60ms);
}

TEST(Handover, PacketsWaitForItsEndOrAreLost) {
    Client kept(Link{.delay = 20ms}, {Handover{.at = {10s, 60s}, .interruption = 50ms}});
    EXPECT_EQ(kept.takes(9'999ms), 20ms);
    EXPECT_EQ(kept.takes(10s), 70ms);
    EXPECT_EQ(kept.takes(10s + 49ms), 21ms);
    EXPECT_EQ(kept.takes(10s + 50ms), 20ms);
    EXPECT_EQ(kept.takes(60s + 10ms, Direction::downlink), 60ms);
    EXPECT_EQ(kept.path.next_move(run_start + 61s), never);

    Client dropped(Link{.delay = 20ms},
                   {Handover{.at = {10s}, .interruption = 50ms, .drops = true}});
    EXPECT_EQ(dropped.takes(10s), lost);
    EXPECT_EQ(dropped.takes(10s + 49ms), lost);
    EXPECT_EQ(dropped.takes(10s + 50ms), 20ms);
}

TEST(Handover, LeadsToOneOfItsCellsAndKeepsTheOrder) {
    Client client(Link{.delay = 300ms},
                  {Handover{.at = {10s}, .interruption = 0s, .to = {Link{.delay = 10ms}}}});
    EXPECT_EQ(client.takes(9'900ms), 300ms);
    EXPECT_EQ(client.takes(10s), 200ms);  // Behind the one that is still under way.
    EXPECT_EQ(client.takes(11s), 10ms);
    EXPECT_EQ(client.takes(11s, Direction::downlink), 10ms);
}

TEST(Handover, ToAnotherNetworkLeavesTheBacklogOfTheFormerBehind) {
    const Link slow{.rate = BitRate{800}, .delay = 10ms};
    const Link fast{.delay = 10ms};
    for (const bool new_address : {false, true}) {
        Client client(
            slow,
            {Handover{.at = {10s}, .interruption = 0s, .new_address = new_address, .to = {fast}}});
        Duration last{};
        for (int i = 0; i < 10; ++i) last = client.takes(9s);
        EXPECT_GT(last, 10s);
        EXPECT_EQ(client.takes(11s), new_address ? 10ms : last - 2s);
    }
    // The same from one phase to the next.
    Client day(Phases{.phases = {{.start = 0h, .access = slow}, {.start = 1h, .access = fast}}});
    for (int i = 0; i < 10; ++i) EXPECT_GT(day.takes(1h - 1s), 1s * i);
    EXPECT_EQ(day.takes(1h + 1s), 10ms);
}

TEST(Handover, ByALawHappensAtItsRateAndDrawsItsCellsEvenly) {
    const Handover law{.gap = Exponential{.mean = 1min},
                       .interruption = 0s,
                       .new_address = true,
                       .to = {Link{.delay = 1ms}, Link{.delay = 2ms}, Link{.delay = 3ms}}};
    std::vector<int> cells(4);
    int moves = 0;
    for (std::uint64_t seed = 0; seed < 1'000; ++seed) {
        Client client(Link{.delay = 4ms}, {law}, seed);
        for (Instant at = client.path.next_move(run_start); at < run_start + 100min;
             at = client.path.next_move(at)) {
            ++moves;
            ++cells[static_cast<std::size_t>(client.takes(at - run_start) / 1ms) - 1];
        }
    }
    EXPECT_NEAR(moves, 100'000, 4 * std::sqrt(100'000.0));
    EXPECT_EQ(cells[3], 0);
    for (int cell = 0; cell < 3; ++cell) {
        EXPECT_NEAR(cells[static_cast<std::size_t>(cell)], moves / 3.0,
                    4 * std::sqrt(moves * 2.0 / 9.0));
    }
}

Phases commute() {
    return {.phases = {{.start = 0h, .access = Link{.delay = 5ms}},
                       {.start = 8h, .access = Link{.delay = 45ms}},
                       {.start = 8h + 10min,
                        .access = Link{.delay = 45ms, .loss = Bernoulli{.loss = 1.0}},
                        .new_address = false},
                       {.start = 8h + 15min, .access = Link{.delay = 45ms}, .new_address = false},
                       {.start = 9h, .access = Link{.delay = 2ms}},
                       {.start = 18h, .access = Link{.delay = 5ms}}}};
}

TEST(Phases, EachHasItsLinkEveryDay) {
    Client client(commute());
    for (const Duration day : {0h, 24h, 24h * 400}) {
        EXPECT_EQ(client.takes(day + 7h), 5ms);
        EXPECT_EQ(client.takes(day + 8h), 45ms);
        EXPECT_EQ(client.takes(day + 8h + 12min), lost);
        EXPECT_EQ(client.takes(day + 8h + 16min), 45ms);
        EXPECT_EQ(client.takes(day + 12h), 2ms);
        EXPECT_EQ(client.takes(day + 23h), 5ms);
    }
}

TEST(Phases, AddressesChangeWhereNetworksDo) {
    Client client(commute());
    EXPECT_EQ(client.path.next_move(run_start), run_start + 8h);
    EXPECT_EQ(client.path.next_move(run_start + 8h), run_start + 9h);  // The tunnel keeps it.
    EXPECT_EQ(client.path.next_move(run_start + 12h), run_start + 18h);
    EXPECT_EQ(client.path.next_move(run_start + 20h), run_start + 24h);
    Client always(Phases{.phases = {{.start = 3h, .access = Link{.delay = 1ms}}}});
    EXPECT_EQ(always.path.next_move(run_start), never);
    EXPECT_EQ(always.takes(1h), 1ms);
}

TEST(Phases, EachClientsDayIsLaterByItsOwnDraw) {
    Phases day = commute();
    day.shift = Exponential{.mean = 20min};
    double sum = 0.0;
    constexpr int clients = 2'000;
    for (std::uint64_t seed = 0; seed < clients; ++seed) {
        Client client(day, {}, seed);
        Instant at = client.path.next_move(run_start);
        if (at < run_start + 8h) at = client.path.next_move(at);  // Midnight, late.
        const Duration later = at - (run_start + 8h);
        EXPECT_GE(later, 0h);
        sum += std::chrono::duration<double>(later).count();
        if (seed % 100 == 0) {
            EXPECT_EQ(client.takes(at - run_start - 1ns), 5ms);
            EXPECT_EQ(client.takes(at - run_start + 1s), 45ms);
        }
    }
    EXPECT_NEAR(sum / clients, 1200.0, 4 * 1200.0 / std::sqrt(double{clients}));
}

TEST(Phases, AHandoversCellIsLeftWithThePhase) {
    Client client(commute(),
                  {Handover{.at = {7h}, .interruption = 0s, .to = {Link{.delay = 9ms}}}});
    EXPECT_EQ(client.takes(6h), 5ms);
    EXPECT_EQ(client.takes(7h + 1s), 9ms);
    EXPECT_EQ(client.takes(8h + 1s), 45ms);
    EXPECT_EQ(client.takes(19h), 5ms);
}

TEST(AccessPath, AClientThatStaysHasTheDrawsOfItsLink) {
    const Link link{.delay = 20ms, .loss = Bernoulli{.loss = 0.3}, .jitter = Jitter{.mean = 5ms}};
    Link with_radio = link;
    with_radio.radio = Radio{.promotion = 0ms};
    Client plain(link);
    Client awake(with_radio);
    Client handed(link, {Handover{.at = {1ns}, .interruption = 0s}});
    Lane lane(link, Direction::uplink, Random(1).stream("up"));
    for (int i = 1; i < 500; ++i) {
        const Duration expected = plain.takes(1s * i);
        const Passage known = lane.pass(run_start + 1s * i, size);
        EXPECT_EQ(expected,
                  known.fate == PacketFate::loss ? lost : known.arrives - run_start - 1s * i);
        EXPECT_EQ(awake.takes(1s * i), expected);
        EXPECT_EQ(handed.takes(1s * i), expected);
    }
}

}  // namespace
}  // namespace reshake
