// Without loss, the time of an attempt is the sum of propagation, serialisation and compute.
#include <gtest/gtest.h>

#include "models/device.h"
#include "tests/world/scenarios.h"

namespace reshake::world {
namespace {

using namespace std::chrono_literals;

constexpr Duration one_way = 25ms;  // 20 ms of access, 5 ms to the site.
constexpr Duration round_trip = 2 * one_way;

/// Times of the reference exchange: three flights up, three down.
Scenario reference_exchange() {
    Scenario scenario = plain(1, 2h, 10min);
    scenario.clients[0].tls = {.groups = "X25519", .ciphersuites = "TLS_AES_256_GCM_SHA384"};
    scenario.fleets[0].tls.certificate = CertificateKey::rsa_2048;  // Signatures of one length.
    return scenario;
}

TEST(Latency, IsRoundTripsAloneWhenNothingElseTakesTime) {
    Outcome outcome = run(reference_exchange(), 1);
    ASSERT_GT(outcome.history.attempts.size(), 3u);
    for (const auto connect : numbers(outcome, "connect")) {
        EXPECT_EQ(Duration(connect), round_trip);
    }
    for (const auto handshake : numbers(outcome, "handshake")) {
        EXPECT_EQ(Duration(handshake), round_trip);
    }
    for (const auto first_byte : numbers(outcome, "first_byte")) {
        EXPECT_EQ(Duration(first_byte), 3 * round_trip);
    }
}

TEST(Latency, IsTheSameRoundTripsOverEveryTcp) {
    for (const TcpFlavour tcp : {TcpFlavour::linux_6, TcpFlavour::linux_4, TcpFlavour::ns3}) {
        Scenario scenario = reference_exchange();
        scenario.tcp = tcp;
        Outcome outcome = run(scenario, 1);
        ASSERT_GT(outcome.history.attempts.size(), 3u);
        for (const auto first_byte : numbers(outcome, "first_byte")) {
            EXPECT_EQ(Duration(first_byte), 3 * round_trip) << name_of(tcp);
        }
    }
}

// Tail loss probes and RACK repair flights that are too short for duplicate acknowledgements.
TEST(Latency, UnderLossATcpLikeLinuxRepairsShortFlightsSooner) {
    const auto mean_first_byte = [](TcpFlavour tcp) {
        Scenario scenario = plain(60, 6h, 10min);
        scenario.clients[0].access = Link{.delay = 20ms, .loss = Bernoulli{.loss = 0.05}};
        scenario.tcp = tcp;
        Outcome outcome = run(scenario, 1);
        double sum = 0.0;
        int answered = 0;
        for (const auto first_byte : numbers(outcome, "first_byte")) {
            if (first_byte < 0) continue;
            sum += static_cast<double>(first_byte);
            ++answered;
        }
        EXPECT_GT(answered, 1500);
        return sum / answered;
    };
    EXPECT_LT(mean_first_byte(TcpFlavour::linux_6), 0.95 * mean_first_byte(TcpFlavour::ns3));
}

/// CPU time of sealing or opening one TLS record of `content` bytes on a device with slowdown 1.
Duration record_cost(std::size_t content) {
    return server_core_costs().cost(CryptoOperation::cipher, "AES-256-GCM",
                                    content + 1);  // And its type byte.
}

TEST(Latency, AddsTheComputeOfBothSides) {
    Scenario scenario = reference_exchange();
    constexpr int client_slowdown = 10;
    scenario.clients[0].device.slowdown = client_slowdown;
    scenario.fleets[0].device.slowdown = 1.0;
    Outcome outcome = run(scenario, 1);
    const auto first_byte = numbers(outcome, "first_byte");
    const auto client = numbers(outcome, "client_compute");
    const auto server = numbers(outcome, "server_compute");
    const auto finished = numbers(outcome, "finished");
    const auto verification = numbers(outcome, "verification");
    ASSERT_GT(first_byte.size(), 3u);
    // Both sides work at once in two places: the client seals its request while the server reads
    // the Finished, and takes in its tickets while the server makes the response. The closing
    // alerts come after the first byte.
    const Duration alert = record_cost(2);
    const Duration aside = client_slowdown * (record_cost(200) + alert) + record_cost(200) +
                           record_cost(4096) + 2 * alert;
    for (std::size_t i = 0; i < first_byte.size(); ++i) {
        const Duration computed{client[i] + server[i]};
        EXPECT_NEAR(static_cast<double>(first_byte[i]),
                    static_cast<double>((3 * round_trip + computed - aside).count()), 100.0);
        EXPECT_GT(finished[i], verification[i]);
    }
}

// IP packets carry 52 bytes of headers with timestamps; a SYN has 60. Each message queues
// behind the acknowledgement of the one before it: at the client that of the SYN-ACK, at the server
// those of the ClientHello and of the Finished.
TEST(Latency, AddsTheSerialisationOfEveryPacketOnTheSlowLink) {
    Scenario scenario = reference_exchange();
    const BitRate rate{1'000'000};
    scenario.clients[0].access = Link{.rate = rate, .delay = 20ms};
    scenario.fleets[0].tickets.num_tickets = 0;
    Outcome outcome = run(scenario, 1);
    const auto connect = numbers(outcome, "connect");
    const auto handshake = numbers(outcome, "handshake");
    const auto first_byte = numbers(outcome, "first_byte");
    const auto sent = numbers(outcome, "bytes_sent");
    const auto received = numbers(outcome, "bytes_received");
    ASSERT_GT(connect.size(), 3u);
    constexpr std::int64_t headers = 52;
    constexpr std::int64_t finished = 80;  // With its ChangeCipherSpec.
    constexpr std::int64_t request = 222;
    constexpr std::int64_t response = 4118;
    const auto on_line = [rate](std::int64_t payload, std::int64_t packets) {
        return serialisation(rate, payload + packets * headers);
    };
    for (std::size_t i = 0; i < connect.size(); ++i) {
        const std::int64_t client_hello = sent[i] - finished - request - 24;
        const std::int64_t server_flight = received[i] - response;
        EXPECT_EQ(Duration(connect[i]), round_trip + 2 * serialisation(rate, 60));
        EXPECT_EQ(Duration(handshake[i]),
                  round_trip + on_line(client_hello, 2) + on_line(server_flight, 4));
        EXPECT_EQ(Duration(first_byte[i] - connect[i] - handshake[i]),
                  round_trip + on_line(finished + request, 2) + on_line(response, 4));
    }
}

}  // namespace
}  // namespace reshake::world
