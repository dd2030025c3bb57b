// The tables that a scenario may ask for, against visits whose course is known.
#include <gtest/gtest.h>

#include <algorithm>
#include <type_traits>

#include "tests/world/scenarios.h"

namespace reshake::world {
namespace {

using namespace std::chrono_literals;
using history::ReceivedTicket;
using history::Request;
using history::RequestFate;
using history::RequestWay;
using history::Side;
using history::Work;
using history::WorkPhase;

template <typename Record>
std::vector<Record> rows_of(history::Table<Record>& table) {
    std::vector<Record> rows(table.size());
    table.for_each_column([&](const auto& field, const auto& column) {
        for (std::size_t i = 0; i < column.size(); ++i) {
            auto& value = rows[i].*field.member;
            value = std::remove_cvref_t<decltype(value)>(column[i]);
        }
    });
    return rows;
}

Scenario recorded(std::vector<std::vector<Duration>> visits) {
    Scenario scenario = visiting(std::move(visits));
    scenario.records = {Recorded::requests, Recorded::tickets, Recorded::compute};
    return scenario;
}

Scenario with_early_data(EarlyRequests answer) {
    Scenario scenario = recorded({{1s, 60s}});
    scenario.clients[0].tls.early_data = true;
    scenario.clients[0].linger = 1s;
    scenario.fleets[0].tls.max_early_data = 16'384;
    scenario.fleets[0].early_requests = answer;
    return scenario;
}

TEST(Requests, TellWhenTheyLeftWereTakenUpAndAnswered) {
    Outcome outcome = run(recorded({{1s}}), 5);
    const auto rows = rows_of(outcome.history.requests);
    ASSERT_EQ(rows.size(), 1u);
    const Request& only = rows[0];
    EXPECT_EQ(only.way, RequestWay::application_data);
    EXPECT_EQ(only.fate, RequestFate::answered);
    // Links of 20 ms, a site at 5 ms: TCP and TLS take a round trip each.
    EXPECT_NEAR(static_cast<double>((only.sent - 1s).count()), 100e6, 10e6);
    EXPECT_NEAR(static_cast<double>((only.taken_up - only.sent).count()), 25e6, 5e6);
    EXPECT_NEAR(static_cast<double>((only.first_byte - only.taken_up).count()), 25e6, 5e6);
    EXPECT_EQ(only.executions, 1);
    EXPECT_EQ(only.early_bytes, 0u);
    const Clients usual;
    EXPECT_EQ(only.bytes, usual.request_bytes);
    EXPECT_EQ(only.response_bytes, usual.response_bytes);
}

TEST(Requests, HaveARowForEachSending) {
    for (const auto& [answer, fates] :
         {std::pair(EarlyRequests::answer, std::vector{RequestFate::answered}),
          std::pair(EarlyRequests::too_early,
                    std::vector{RequestFate::too_early, RequestFate::answered})}) {
        Outcome outcome = run(with_early_data(answer), 5);
        auto rows = rows_of(outcome.history.requests);
        std::erase_if(rows, [](const Request& row) { return row.visit == 0; });
        std::vector<RequestFate> found;
        for (const Request& row : rows) found.push_back(row.fate);
        ASSERT_EQ(found, fates);
        EXPECT_EQ(rows[0].way, RequestWay::early_data);
        EXPECT_EQ(rows[0].early_bytes, rows[0].bytes);
        EXPECT_EQ(rows[0].executions, fates.size() == 1 ? 1 : 0);
        EXPECT_EQ(rows.back().executions, 1);
    }
}

TEST(Requests, RejectedByTlsAreSentAgain) {
    Scenario scenario = with_early_data(EarlyRequests::answer);
    // Sealed tickets, whose key is retired when they come back.
    scenario.fleets[0].tls.anti_replay = AntiReplay::client_hello_record;
    scenario.fleets[0].tickets.rotation = StekRotation{.every = 30s, .keep_previous = 0};
    Outcome outcome = run(scenario, 5);
    const auto rows = rows_of(outcome.history.requests);
    ASSERT_EQ(rows.size(), 3u);
    EXPECT_EQ(rows[1].way, RequestWay::early_data);
    EXPECT_EQ(rows[1].fate, RequestFate::rejected);
    EXPECT_EQ(rows[1].taken_up, history::not_reached);
    EXPECT_EQ(rows[2].way, RequestWay::application_data);
    EXPECT_EQ(rows[2].fate, RequestFate::answered);
    EXPECT_EQ(rows[2].early_bytes, 0u);
}

TEST(Tickets, AreFollowedFromReceiptToTheirEnd) {
    Scenario scenario = recorded({{1s, 60s, 10'000s}});
    scenario.fleets[0].tickets.lifetime = 2h;
    scenario.audit = true;
    Outcome outcome = run(scenario, 5);
    const auto rows = rows_of(outcome.history.tickets);
    // Two of a full handshake; the newer resumes and is renewed; then all are too old.
    ASSERT_EQ(rows.size(), 5u);
    const auto ends = [&](std::size_t i) { return rows[i].end; };
    EXPECT_EQ(ends(0), TicketEnd::expired);
    EXPECT_EQ(ends(1), TicketEnd::used_up);
    EXPECT_EQ(ends(2), TicketEnd::expired);
    EXPECT_EQ(ends(3), TicketEnd::kept);
    EXPECT_EQ(rows[1].offers, 1u);
    EXPECT_EQ(rows[1].resumptions, 1u);
    EXPECT_GE(rows[1].first_offered, 60s);
    EXPECT_EQ(rows[1].first_offered, rows[1].last_offered);
    EXPECT_EQ(rows[1].ended, rows[1].last_offered);
    EXPECT_GE(rows[0].ended, 10'000s);
    EXPECT_EQ(rows[0].offers, 0u);
    EXPECT_EQ(rows[2].authenticated, rows[0].authenticated) << "renewed, of the same chain";
    EXPECT_EQ(rows[3].ended, history::not_reached);
    EXPECT_EQ(rows[0].lifetime, 2h);
    EXPECT_EQ(rows[0].tls_version, 0x0304);
    // Names are those of the log.
    std::vector<std::pair<std::uint64_t, std::uint64_t>> issued;
    for (const auto& event : rows_of(outcome.history.security_events)) {
        using enum history::SecurityAction;
        if (event.action == issue || event.action == renew) {
            issued.emplace_back(event.key, event.ticket);
        }
    }
    std::vector<std::pair<std::uint64_t, std::uint64_t>> received;
    for (const ReceivedTicket& row : rows) received.emplace_back(row.key, row.ticket);
    EXPECT_EQ(received, issued);
}

TEST(Tickets, OfAServersMemoryHaveTheNamesOfTheLogToo) {
    for (const bool old : {false, true}) {
        Scenario scenario = recorded({{1s, 60s}});
        scenario.audit = true;
        scenario.fleets[0].tls.session_ticket = false;
        if (old) scenario.clients[0].tls.max_protocol = ProtocolVersion::tls_1_2;
        Outcome outcome = run(scenario, 5);
        std::vector<std::uint64_t> issued;
        for (const auto& event : rows_of(outcome.history.security_events)) {
            using enum history::SecurityAction;
            if (event.action == issue || event.action == renew) issued.push_back(event.ticket);
        }
        std::vector<std::uint64_t> received;
        for (const ReceivedTicket& row : rows_of(outcome.history.tickets)) {
            EXPECT_EQ(row.key, 0u);
            received.push_back(row.ticket);
        }
        EXPECT_FALSE(received.empty());
        EXPECT_EQ(received, issued);
    }
}

TEST(Tickets, ThatAreLostOrFindNoRoomSaySo) {
    Scenario scenario = recorded({{1s, 60s}});
    scenario.clients[0].tickets.capacity = 1;
    Outcome full = run(scenario, 5);
    auto rows = rows_of(full.history.tickets);
    ASSERT_GE(rows.size(), 2u);
    EXPECT_EQ(rows[0].end, TicketEnd::evicted);
    EXPECT_EQ(rows[0].ended, rows[1].received);

    scenario = recorded({{1s, 3'600s}});
    scenario.clients[0].tickets.persistent = false;
    scenario.clients[0].restarts = AppRestarts{.mean_gap = 100s};
    Outcome lost = run(scenario, 5);
    rows = rows_of(lost.history.tickets);
    ASSERT_GE(rows.size(), 2u);
    EXPECT_EQ(rows[0].end, TicketEnd::lost);
    EXPECT_EQ(rows[0].ended, 3'600s) << "noticed as the client came back";
}

TEST(Compute, SaysWhenEachSideHadItsCore) {
    Scenario scenario = recorded({{1s}, {1s}});
    scenario.clients[0].device.slowdown = 4.0;
    scenario.fleets[0].device = {.cores = 1, .slowdown = 1.0};
    Outcome outcome = run(scenario, 5);
    Duration busy_until{};
    Duration waited{};
    bool signs = false;
    for (const Work& row : rows_of(outcome.history.compute)) {
        EXPECT_EQ(row.paid, row.began + row.cpu);
        EXPECT_LE(row.signing + row.verification + row.key_exchange, row.cpu);
        if (row.side == Side::client) {
            EXPECT_EQ(row.signing, Duration::zero());
            EXPECT_EQ(row.queued, row.began);
            continue;
        }
        EXPECT_EQ(row.server, 1);
        EXPECT_EQ(row.verification, Duration::zero());
        EXPECT_GE(row.began, busy_until) << "a core does one thing at a time";
        busy_until = row.paid;
        waited += row.began - row.queued;
        signs = signs || (row.signing > Duration::zero() && row.phase == WorkPhase::handshake);
    }
    EXPECT_TRUE(signs);
    EXPECT_GT(waited, Duration::zero());
    const auto queueing = numbers(outcome, "server_queueing");
    EXPECT_EQ(waited.count(), queueing[0] + queueing[1]);
}

TEST(Records, ChangeNothingElse) {
    Scenario scenario = with_early_data(EarlyRequests::too_early);
    scenario.clients[0].device.slowdown = 4.0;
    scenario.fleets[0].device.slowdown = 1.0;
    Outcome with = run(scenario, 5);
    Outcome again = run(scenario, 5);
    EXPECT_EQ(everything(with), everything(again));
    scenario.records.clear();
    Outcome without = run(scenario, 5);
    EXPECT_EQ(without.history.requests.size(), 0u);
    EXPECT_EQ(without.history.tickets.size(), 0u);
    EXPECT_EQ(without.history.compute.size(), 0u);
    EXPECT_GT(with.history.requests.size(), 0u);
    EXPECT_GT(with.history.tickets.size(), 0u);
    EXPECT_GT(with.history.compute.size(), 0u);
    EXPECT_EQ(with.history.wire.value(), without.history.wire.value());
    with.history.requests = {};
    with.history.tickets = {};
    with.history.compute = {};
    EXPECT_EQ(everything(with), everything(without));
}

}  // namespace
}  // namespace reshake::world
