// Ends driven from outside make, for the same seed, the handshakes that the simulation makes.
#include "sim/world/native.h"

#include <gtest/gtest.h>

#include <set>
#include <vector>

#include "sim/base/check.h"
#include "tests/world/scenarios.h"

namespace reshake::world {
namespace {

using namespace std::chrono_literals;

constexpr std::uint32_t clients = 12;
constexpr std::uint32_t visits = 2;

/// What one exchange is asked about, on either side.
struct Seen {
    std::int64_t bytes_sent = 0;
    std::int64_t bytes_received = 0;
    std::int64_t tickets_received = 0;
    std::int64_t offered = 0;
    std::int64_t resumed = 0;
    std::int64_t cipher_suite = 0;
    std::int64_t group = 0;

    bool operator==(const Seen&) const = default;
};

void PrintTo(const Seen& seen, std::ostream* out) {
    *out << seen.bytes_sent << '/' << seen.bytes_received << " bytes, " << seen.tickets_received
         << " tickets, offered " << seen.offered << ", resumed " << seen.resumed << ", cipher "
         << seen.cipher_suite << ", group " << seen.group;
}

/// Every client comes at the same two times.
Scenario two_visits() {
    Scenario scenario = plain(clients, 1h, 1min);
    Trace trace;
    trace.visits.assign(clients, {Duration(1min), Duration(20min)});
    scenario.clients[0].arrivals = trace;
    return scenario;
}

std::size_t move(NativeEnd& from, NativeEnd& to) {
    ByteQueue& output = from.output();
    const std::size_t size = output.size();
    to.feed(output.front());
    output.consume(size);
    return size;
}

Seen exchange(NativeFleet& fleet, std::uint32_t client, std::uint32_t visit, Instant now) {
    const auto asking = fleet.client(client, visit, now);
    const auto answering = fleet.server(client, visit, now);
    Seen seen;
    while (asking->has_work() || answering->has_work()) {
        // Until it has closed: what the server says to that is not part of the exchange.
        const bool closed = asking->complete();
        if (asking->has_work()) asking->step(now);
        seen.bytes_sent += static_cast<std::int64_t>(move(*asking, *answering));
        if (closed) break;
        if (answering->has_work()) answering->step(now);
        seen.bytes_received += static_cast<std::int64_t>(move(*answering, *asking));
    }
    EXPECT_TRUE(asking->complete());
    EXPECT_EQ(answering->facts().error, "");
    seen.tickets_received = asking->tickets_received();
    seen.offered = asking->offered() ? 1 : 0;
    seen.resumed = asking->facts().resumed ? 1 : 0;
    seen.cipher_suite = asking->facts().cipher_suite;
    seen.group = asking->facts().group;
    return seen;
}

std::vector<Seen> natively(const Scenario& scenario, std::uint64_t seed) {
    NativeFleet fleet(scenario, seed);
    std::vector<Seen> all(std::size_t{clients} * visits);
    for (std::uint32_t client = 0; client < clients; ++client) {
        for (std::uint32_t visit = 0; visit < visits; ++visit) {
            const Instant now = run_start + 1s * (client * visits + visit);
            all[client * visits + visit] = exchange(fleet, client, visit, now);
        }
    }
    return all;
}

std::vector<Seen> simulated(const Scenario& scenario, std::uint64_t seed) {
    Outcome outcome = run(scenario, seed);
    const auto client = numbers(outcome, "client");
    const auto visit = numbers(outcome, "visit");
    std::vector<Seen> all(std::size_t{clients} * visits);
    RESHAKE_CHECK(client.size() == all.size());
    const auto into = [&](std::int64_t Seen::* member, std::string_view column) {
        const auto values = numbers(outcome, column);
        for (std::size_t i = 0; i < values.size(); ++i) {
            all[static_cast<std::size_t>(client[i] * visits + visit[i])].*member = values[i];
        }
    };
    into(&Seen::bytes_sent, "bytes_sent");
    into(&Seen::bytes_received, "bytes_received");
    into(&Seen::tickets_received, "tickets_received");
    into(&Seen::offered, "offered");
    into(&Seen::resumed, "resumed");
    into(&Seen::cipher_suite, "cipher_suite");
    into(&Seen::group, "group");
    return all;
}

TEST(NativeFleet, MakesTheHandshakesOfTheSimulation) {
    for (const CertificateKey key : {CertificateKey::ecdsa_p256, CertificateKey::rsa_2048}) {
        for (const char* groups : {"X25519", "P-256", "X25519MLKEM768"}) {
            Scenario scenario = two_visits();
            scenario.fleets[0].tls = {.certificate = key, .groups = groups};
            scenario.clients[0].tls.groups = groups;
            const auto seen = natively(scenario, 5);
            EXPECT_EQ(seen, simulated(scenario, 5)) << groups;
            for (std::size_t i = 0; i < seen.size(); ++i) EXPECT_EQ(seen[i].resumed, i % visits);
        }
    }
}

TEST(NativeFleet, DrawsWhatTheSimulationDraws) {
    // The length of an ECDSA signature depends on its nonce and on every byte before it: equal
    // lengths, client by client, are no accident.
    const auto lengths_of = [](const std::vector<Seen>& all) {
        std::vector<std::int64_t> lengths;
        for (std::size_t i = 0; i < all.size(); i += visits) {
            lengths.push_back(all[i].bytes_received);
        }
        return lengths;
    };
    const auto lengths = lengths_of(natively(two_visits(), 5));
    EXPECT_GT(std::set(lengths.begin(), lengths.end()).size(), 1u);
    EXPECT_EQ(lengths, lengths_of(simulated(two_visits(), 5)));
    EXPECT_NE(lengths, lengths_of(simulated(two_visits(), 6)));
}

TEST(NativeFleet, MovesMessagesOfManyRecords) {
    Scenario scenario = two_visits();
    scenario.clients[0].request_bytes = 100'000;
    scenario.clients[0].response_bytes = 1'000'000;
    EXPECT_EQ(natively(scenario, 5), simulated(scenario, 5));
}

}  // namespace
}  // namespace reshake::world
