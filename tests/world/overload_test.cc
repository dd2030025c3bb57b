// Servers that cannot keep up: whom they take in, what they do for clients that have left, and what
// their balancer makes of it.
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>
#include <string>

#include "tests/world/scenarios.h"

namespace reshake::world {
namespace {

using namespace std::chrono_literals;
using Ended = history::Outcome;
using history::Admittance;
using history::OverloadEvent;

/// `clients` that all come at the second second, to a server whose handshakes take about 180 ms.
Scenario crowd(std::uint32_t clients, std::uint32_t servers = 1) {
    Scenario scenario = visiting(std::vector<std::vector<Duration>>(clients, {2s}));
    scenario.fleets[0].servers_per_site = servers;
    scenario.fleets[0].balancing = Balancing::round_robin;
    scenario.fleets[0].device = {.cores = 1, .slowdown = 1000.0};
    scenario.duration = 10min;
    return scenario;
}

std::map<OverloadEvent, int> events_of(Outcome& outcome) {
    std::map<OverloadEvent, int> counts;
    outcome.history.overload.for_each_column([&](const auto& field, auto& stored) {
        if (field.name != "event") return;
        for (const auto code : stored) ++counts[static_cast<OverloadEvent>(code)];
    });
    return counts;
}

template <typename Kind>
std::int64_t count(Outcome& outcome, std::string_view name, Kind kind) {
    return std::ranges::count(numbers(outcome, name), static_cast<std::int64_t>(kind));
}

TEST(Admission, ThatTakesEverybodyInChangesNothing) {
    Scenario scenario = crowd(10);
    Outcome without = run(scenario, 3);
    scenario.fleets[0].admission = Admission{};
    Outcome with = run(scenario, 3);
    EXPECT_EQ(without.history.wire.value(), with.history.wire.value());
    for (const char* column : {"started", "connect", "handshake", "total", "server_queueing"}) {
        EXPECT_EQ(numbers(without, column), numbers(with, column));
    }
    EXPECT_EQ(count(with, "accept_wait", 0), 10);
    EXPECT_EQ(count(without, "accept_wait", -1), 10);
    EXPECT_EQ(count(without, "admission", Admittance::accepted), 10);
    EXPECT_EQ(with.history.overload.size(), 0u);
}

TEST(Admission, KeepsNoMoreHandshakesThanItsLimitAndTakesTheNextInTurn) {
    Scenario scenario = crowd(20);
    scenario.fleets[0].admission = Admission{.max_handshakes = 2};
    Outcome outcome = run(scenario, 3);
    EXPECT_EQ(count(outcome, "outcome", Ended::ok), 20);
    // Of two handshakes at a time, one waits for the other at most: for a step of it, or two.
    EXPECT_LT(std::ranges::max(numbers(outcome, "server_queueing")),
              std::chrono::nanoseconds(700ms).count());
    EXPECT_EQ(count(outcome, "accept_wait", 0), 2);
    EXPECT_GT(std::ranges::max(numbers(outcome, "accept_wait")),
              std::chrono::nanoseconds(2s).count());
}

TEST(Admission, WithAFullBacklogDropsSynsThatComeBackLater) {
    Scenario scenario = crowd(30);
    scenario.clients[0].connect_timeout = 60s;
    scenario.clients[0].attempt_timeout = 60s;
    scenario.fleets[0].admission = Admission{.backlog = 5, .max_handshakes = 1};
    Outcome outcome = run(scenario, 3);
    auto events = events_of(outcome);
    EXPECT_EQ(count(outcome, "outcome", Ended::ok), 30);
    EXPECT_GT(events[OverloadEvent::ack_ignored], 10);
    EXPECT_EQ(events[OverloadEvent::syn_cookie], 25);
    scenario.fleets[0].admission->syn_cookies = false;
    outcome = run(scenario, 3);
    events = events_of(outcome);
    EXPECT_EQ(count(outcome, "outcome", Ended::ok), 30);
    EXPECT_GT(events[OverloadEvent::syn_queue_full], 20);
    EXPECT_FALSE(events.contains(OverloadEvent::syn_cookie));
}

// Work for nobody: the client has left, and its ClientHello is still in the queue.
TEST(Server, MakesTheHandshakesOfClientsThatHaveLeft) {
    for (const bool queued_in_kernel : {false, true}) {
        Scenario scenario = crowd(20);
        scenario.clients[0].handshake_timeout = 1s;
        if (queued_in_kernel) scenario.fleets[0].admission = Admission{.max_handshakes = 1};
        Outcome outcome = run(scenario, 3);
        const auto left = count(outcome, "outcome", Ended::handshake_timeout);
        EXPECT_GT(left, 10);
        for (const auto compute : numbers(outcome, "server_compute")) {
            EXPECT_GT(compute, std::chrono::nanoseconds(50ms).count());
        }
    }
}

TEST(Admission, SparesWorkForClientsThatHaveLeftIfItLooks) {
    Scenario scenario = crowd(20);
    scenario.clients[0].handshake_timeout = 1s;
    scenario.fleets[0].admission = Admission{.abort_on_close = true};
    Outcome outcome = run(scenario, 3);
    const auto left = count(outcome, "outcome", Ended::handshake_timeout);
    EXPECT_GT(left, 10);
    EXPECT_GT(count(outcome, "admission", Admittance::departed), left - 3);
    const auto compute = numbers(outcome, "server_compute");
    EXPECT_EQ(std::ranges::count(compute, 0), count(outcome, "admission", Admittance::departed));
}

TEST(Admission, RefusesWhoHasWaitedForTooLong) {
    Scenario scenario = crowd(20);
    scenario.fleets[0].admission = Admission{.max_wait = 1s};
    Outcome outcome = run(scenario, 3);
    const auto refused = count(outcome, "admission", Admittance::too_late);
    EXPECT_GT(refused, 10);
    EXPECT_EQ(count(outcome, "outcome", Ended::reset), refused);
    EXPECT_EQ(count(outcome, "outcome", Ended::ok), 20 - refused);
    EXPECT_EQ(std::ranges::count(numbers(outcome, "server_compute"), 0), refused);
}

TEST(Admission, ServesTheNewestFirstIfToldTo) {
    std::vector<std::vector<Duration>> visits;
    for (int i = 0; i < 20; ++i) visits.push_back({2s + i * 10ms});
    Scenario scenario = crowd(20);
    std::get<Trace>(scenario.clients[0].arrivals).visits = visits;
    scenario.fleets[0].admission = Admission{};
    for (const auto order : {QueueOrder::fifo, QueueOrder::lifo}) {
        scenario.fleets[0].admission->order = order;
        Outcome outcome = run(scenario, 3);
        const auto client = numbers(outcome, "client");
        const auto waited = numbers(outcome, "server_hello");
        std::map<std::int64_t, std::int64_t> of;
        for (std::size_t i = 0; i < client.size(); ++i) of[client[i]] = waited[i];
        EXPECT_EQ(of[19] > of[1], order == QueueOrder::fifo);
    }
}

TEST(Admission, EndsWithItsProcess) {
    Scenario scenario = crowd(20);
    scenario.fleets[0].admission = Admission{.max_handshakes = 1};
    scenario.faults = {Restart{.where = "edge/ams", .start = 3s, .lasts = 1s}};
    Outcome outcome = run(scenario, 3);
    EXPECT_GT(count(outcome, "outcome", Ended::reset), 10);
    EXPECT_EQ(count(outcome, "outcome", Ended::ok) + count(outcome, "outcome", Ended::reset), 20);
}

/// Visits that keep coming to servers one of which is much too slow for its share.
Scenario uneven() {
    Scenario scenario = plain(20, 5min, 10s);
    scenario.fleets[0].servers_per_site = 4;
    scenario.fleets[0].balancing = Balancing::round_robin;
    scenario.clients[0].connect_timeout = 1s;
    scenario.faults = {
        Partition{.between = {"phones", "edge/ams/server-2"}, .start = 1min, .lasts = 3min}};
    return scenario;
}

TEST(OutlierDetection, SendsNobodyToWhomItHasEjected) {
    Scenario scenario = uneven();
    Outcome without = run(scenario, 3);
    scenario.fleets[0].outlier_detection = OutlierDetection{};
    Outcome with = run(scenario, 3);
    auto events = events_of(with);
    // For 30 s at least, and five failures take it about ten.
    EXPECT_GE(events[OverloadEvent::ejected], 3);
    EXPECT_LE(events[OverloadEvent::ejected], 5);
    const auto failures = count(with, "outcome", Ended::connect_timeout);
    EXPECT_GE(failures, 15);
    EXPECT_LE(failures, 30);  // Five each, and those that were under way.
    EXPECT_GT(count(without, "outcome", Ended::connect_timeout), 70);
    Outcome again = run(scenario, 3);
    EXPECT_EQ(everything(with), everything(again));
}

TEST(OutlierDetection, HearsOfAResponseWhenItIsThereNotWhenItsConnectionEnds) {
    Scenario scenario = uneven();
    scenario.fleets[0].outlier_detection = OutlierDetection{};
    Outcome at_once = run(scenario, 3);
    scenario.clients[0].linger = 60s;
    Outcome later = run(scenario, 3);
    EXPECT_EQ(events_of(at_once), events_of(later));
    EXPECT_EQ(count(at_once, "outcome", Ended::connect_timeout),
              count(later, "outcome", Ended::connect_timeout));
}

TEST(OutlierDetection, EjectsNoMoreThanItsShareAndNobodyInPanic) {
    Scenario scenario = uneven();
    scenario.duration = 4min;
    scenario.faults = {Partition{.between = {"phones", "edge"}, .start = 1min, .lasts = 2min}};
    for (const double share : {0.25, 0.5, 1.0}) {
        for (const double panic : {0.0, 0.6}) {
            scenario.fleets[0].outlier_detection = OutlierDetection{.base_ejection_time = 1h,
                                                                    .max_ejection_time = 1h,
                                                                    .max_ejected_share = share,
                                                                    .panic_threshold = panic};
            Outcome outcome = run(scenario, 3);
            auto events = events_of(outcome);
            EXPECT_EQ(events[OverloadEvent::ejected], static_cast<int>(4 * share));
            EXPECT_EQ(events.contains(OverloadEvent::spared), share < 1.0);
            // Of the attempts in the last minutes.
            std::set<std::int64_t> used;
            const auto started = numbers(outcome, "started");
            const auto server = numbers(outcome, "server");
            for (std::size_t i = 0; i < started.size(); ++i) {
                if (Duration(started[i]) > 3min + 10s) used.insert(server[i]);
            }
            const bool all = share == 1.0 || (share == 0.5 && panic > 0.5);
            EXPECT_EQ(used.size(), all ? 4u : 4u - static_cast<unsigned>(4 * share));
        }
    }
}

TEST(Admission, LeavesTheQueueOfAProcessThatStandsStillToItsKernel) {
    Scenario scenario = crowd(20);
    scenario.clients[0].connect_timeout = 60s;
    scenario.clients[0].attempt_timeout = 60s;
    scenario.fleets[0].admission = Admission{.backlog = 100};
    scenario.faults = {Freeze{.where = "edge", .start = 1s, .lasts = 5s}};
    Outcome outcome = run(scenario, 3);
    EXPECT_EQ(count(outcome, "outcome", Ended::ok), 20);
    for (const auto waited : numbers(outcome, "accept_wait")) {
        EXPECT_GT(waited, std::chrono::nanoseconds(3s).count());
    }
    scenario.fleets[0].admission->backlog = 5;
    outcome = run(scenario, 3);
    EXPECT_EQ(count(outcome, "outcome", Ended::ok), 20);
    EXPECT_GT(events_of(outcome)[OverloadEvent::ack_ignored], 10);
}

TEST(Admission, GivesWhoWaitsToANewProcessAtOnce) {
    Scenario scenario = crowd(2);
    scenario.fleets[0].admission = Admission{.max_connections = 1};
    scenario.faults = {CacheLoss{.where = "edge", .start = 2'100ms}};
    Outcome outcome = run(scenario, 3);
    EXPECT_EQ(count(outcome, "outcome", Ended::ok), 2);
    // The former process is still at the handshake of the first.
    EXPECT_LT(std::ranges::max(numbers(outcome, "accept_wait")),
              std::chrono::nanoseconds(100ms).count());
    EXPECT_EQ(count(outcome, "accept_wait", 0), 1);
}

// Connections let go of the queues of their kernel, in whatever state they are.
TEST(Admission, EndsWithTheRun) {
    for (Duration duration = 2'010ms; duration < 2'300ms; duration += 10ms) {
        Scenario scenario = crowd(20);
        scenario.duration = duration;
        scenario.fleets[0].admission = Admission{.backlog = 5, .max_handshakes = 2};
        EXPECT_EQ(count(*std::make_unique<Outcome>(run(scenario, 3)), "outcome", Ended::ok), 0);
    }
}

TEST(OutlierDetection, TakesSlowHandshakesForFailures) {
    Scenario scenario = crowd(40, 2);
    scenario.fleets[0].outlier_detection =
        OutlierDetection{.consecutive_failures = 3, .slow = 1s, .max_ejected_share = 0.5};
    Outcome outcome = run(scenario, 3);
    EXPECT_EQ(count(outcome, "outcome", Ended::ok), 40);
    EXPECT_EQ(events_of(outcome)[OverloadEvent::ejected], 1);
}

// One server of four is cut off. The others could carry its load; but those that are slow with it
// are ejected too, and then the rest cannot.
TEST(OutlierDetection, CanTurnAPartialOutageIntoAWholeOne) {
    Scenario scenario = plain(60, 80s, 4s);
    scenario.fleets[0].servers_per_site = 4;
    scenario.fleets[0].device = {.cores = 1, .slowdown = 1000.0};
    scenario.clients[0].connect_timeout = 1s;
    scenario.clients[0].handshake_timeout = 3s;
    scenario.faults = {
        Partition{.between = {"phones", "edge/ams/server-2"}, .start = 20s, .lasts = 40s}};
    Outcome without = run(scenario, 3);
    scenario.fleets[0].outlier_detection = OutlierDetection{.consecutive_failures = 3,
                                                            .slow = 700ms,
                                                            .max_ejected_share = 0.75,
                                                            .panic_threshold = 0.0};
    Outcome with = run(scenario, 3);
    EXPECT_GT(events_of(with)[OverloadEvent::ejected], 3);
    EXPECT_GT(count(without, "outcome", Ended::ok), count(with, "outcome", Ended::ok) * 3 / 2);
}

TEST(Overload, IsTheSameTwice) {
    Scenario scenario = crowd(40, 3);
    scenario.clients[0].handshake_timeout = 1s;
    scenario.clients[0].retry = Retry{.max_tries = 5};
    scenario.fleets[0].admission = Admission{.backlog = 4, .max_handshakes = 2, .max_wait = 2s};
    scenario.fleets[0].outlier_detection = OutlierDetection{};
    Outcome one = run(scenario, 9);
    Outcome other = run(scenario, 9);
    EXPECT_EQ(everything(one), everything(other));
    EXPECT_EQ(one.packets, other.packets);
}

}  // namespace
}  // namespace reshake::world
