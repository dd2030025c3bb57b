// What boxes do to packets: mappings that end and come back under another port, connections that
// are forgotten, packets that are too large, resets that nobody sent.
#include "models/middleboxes.h"

#include <cmath>
#include <set>
#include <vector>

#include <gtest/gtest.h>

namespace reshake {
namespace {

using namespace std::chrono_literals;

constexpr auto up = Direction::uplink;
constexpr auto down = Direction::downlink;

constexpr Instant at(Duration since_start) { return run_start + since_start; }

Segment udp(std::uint16_t port) {
    return {
        .tcp = false, .client = 1, .peer = 2, .client_port = port, .peer_port = 443, .bytes = 100};
}

Segment tcp(std::uint16_t port, std::uint32_t payload = 0) {
    return {.client = 1,
            .peer = 2,
            .client_port = port,
            .peer_port = 443,
            .bytes = 40 + payload,
            .payload = payload,
            .sequence = 1'000,
            .acknowledgment = 2'000,
            .ack = true};
}

Segment opening(std::uint16_t port) {
    Segment segment = tcp(port);
    segment.syn = true;
    segment.ack = false;
    return segment;
}

TEST(Nat, MapsAPortToAnotherForAsLongAsItIsUsedAndThenToANewOne) {
    Middleboxes boxes({Nat{.udp_timeout = 30s}}, Random(1));
    const std::uint16_t outside = boxes.pass(at(0s), up, udp(5'000)).client_port;
    EXPECT_NE(outside, 5'000);
    // Whoever it sends to, it is the same port, and an answer comes back through it.
    Segment elsewhere = udp(5'000);
    elsewhere.peer = 3;
    EXPECT_EQ(boxes.pass(at(20s), up, elsewhere).client_port, outside);
    EXPECT_EQ(boxes.pass(at(40s), down, udp(outside)).client_port, 5'000);
    // What comes from the network does not keep it alive (RFC 4787 REQ-6).
    EXPECT_EQ(boxes.pass(at(50s), down, udp(outside)).fate, PacketFate::nat);
    const std::uint16_t later = boxes.pass(at(50s), up, udp(5'000)).client_port;
    EXPECT_NE(later, outside);
    EXPECT_EQ(boxes.pass(at(51s), down, udp(outside)).fate, PacketFate::nat);
    EXPECT_EQ(boxes.pass(at(51s), down, udp(later)).client_port, 5'000);
}

TEST(Nat, GivesEachPortItsOwnAndLetsNothingInThatNobodyAskedFor) {
    Middleboxes boxes({Nat{}}, Random(1));
    std::set<std::uint16_t> outside;
    for (std::uint16_t port = 1; port <= 500; ++port) {
        outside.insert(boxes.pass(at(1s), up, udp(port)).client_port);
    }
    EXPECT_EQ(outside.size(), 500u);
    for (std::uint16_t port = 1'024; port < 2'048; ++port) {
        const bool mapped = outside.contains(port);
        EXPECT_EQ(boxes.pass(at(1s), down, udp(port)).fate == PacketFate::delivered, mapped);
    }
}

TEST(Nat, ForgetsAConnectionAndSaysSoOnlyIfItIsToldTo) {
    for (const OnForgotten answer : {OnForgotten::drop, OnForgotten::reset}) {
        Middleboxes boxes({Nat{.tcp_timeout = 1h, .on_forgotten = answer}}, Random(1));
        const std::uint16_t outside = boxes.pass(at(0s), up, opening(5'000)).client_port;
        EXPECT_EQ(boxes.pass(at(1s), down, tcp(outside)).client_port, 5'000);
        EXPECT_EQ(boxes.pass(at(59min), up, tcp(5'000)).fate, PacketFate::delivered);
        EXPECT_EQ(boxes.pass(at(118min), down, tcp(outside)).fate, PacketFate::delivered);
        const auto outcome = boxes.pass(at(118min + 1h), up, tcp(5'000, 100));
        EXPECT_EQ(outcome.fate, PacketFate::nat);
        ASSERT_EQ(outcome.resets.size(), answer == OnForgotten::reset ? 1u : 0u);
        if (answer == OnForgotten::reset) {
            EXPECT_EQ(outcome.resets[0].direction, down);
            EXPECT_EQ(outcome.resets[0].segment.client_port, 5'000);
            EXPECT_EQ(outcome.resets[0].segment.sequence, 2'000u);
            EXPECT_TRUE(outcome.resets[0].segment.rst);
        }
        // The same port can open another.
        EXPECT_EQ(boxes.pass(at(179min), up, opening(5'000)).fate, PacketFate::delivered);
    }
}

// RFC 5382 REQ-5: four minutes before the handshake is complete, and after a FIN.
TEST(Nat, KeepsWhatIsNotOpenForFourMinutes) {
    Middleboxes boxes({Nat{}}, Random(1));
    const std::uint16_t unanswered = boxes.pass(at(0s), up, opening(1)).client_port;
    EXPECT_EQ(boxes.pass(at(4min), down, tcp(unanswered)).fate, PacketFate::nat);
    const std::uint16_t open = boxes.pass(at(5min), up, opening(2)).client_port;
    EXPECT_EQ(boxes.pass(at(5min), down, tcp(open)).fate, PacketFate::delivered);
    EXPECT_EQ(boxes.pass(at(1h), up, tcp(2)).fate, PacketFate::delivered);
    Segment last = tcp(2);
    last.fin = true;
    EXPECT_EQ(boxes.pass(at(1h), up, last).fate, PacketFate::delivered);
    EXPECT_EQ(boxes.pass(at(1h + 4min), down, tcp(open)).fate, PacketFate::nat);
}

TEST(Nat, ForgetsEverythingAtAHandoverThatSaysSo) {
    const ClientAccess access = Link{};
    const std::vector<Handover> handovers{{.at = {500ms}}, {.at = {1s}, .nat_rebinding = true}};
    AccessPath path(access, handovers, Random(1));
    Middleboxes boxes({Firewall{.tcp_idle_timeout = 1h}, Nat{}}, Random(1), &path);
    const std::uint16_t before = boxes.pass(at(0s), up, udp(7)).client_port;
    EXPECT_EQ(boxes.pass(at(0s), up, opening(8)).fate, PacketFate::delivered);
    EXPECT_EQ(boxes.pass(at(999ms), up, udp(7)).client_port, before);
    EXPECT_NE(boxes.pass(at(1s), up, udp(7)).client_port, before);
    EXPECT_EQ(boxes.pass(at(1s), up, tcp(8)).fate, PacketFate::nat);
}

TEST(Firewall, DropsUdpAndForgetsConnectionsThatAreSilent) {
    Middleboxes boxes(
        {Firewall{.drop_udp = true, .tcp_idle_timeout = 5min, .on_forgotten = OnForgotten::reset}},
        Random(1));
    EXPECT_EQ(boxes.pass(at(0s), up, udp(1)).fate, PacketFate::firewall);
    EXPECT_EQ(boxes.pass(at(0s), down, udp(1)).fate, PacketFate::firewall);
    EXPECT_EQ(boxes.pass(at(0s), up, tcp(1)).fate, PacketFate::firewall);  // Never opened.
    EXPECT_EQ(boxes.pass(at(0s), up, opening(1)).fate, PacketFate::delivered);
    EXPECT_EQ(boxes.pass(at(5min - 1ns), down, tcp(1)).fate, PacketFate::delivered);
    EXPECT_EQ(boxes.pass(at(10min - 2ns), up, tcp(1)).fate, PacketFate::delivered);
    const auto killed = boxes.pass(at(15min), down, tcp(1));
    EXPECT_EQ(killed.fate, PacketFate::firewall);
    ASSERT_EQ(killed.resets.size(), 1u);
    EXPECT_EQ(killed.resets[0].direction, up);
    // A RST of a forgotten connection is dropped, and nobody answers it.
    Segment reset = tcp(1);
    reset.rst = true;
    EXPECT_TRUE(boxes.pass(at(15min), down, reset).resets.empty());
}

TEST(BlackHole, TakesWhatIsLargerInItsDirection) {
    Middleboxes boxes({BlackHole{.larger_than = 1'400, .ways = BoxWays::up}}, Random(1));
    EXPECT_EQ(boxes.pass(at(0s), up, tcp(1, 1'360)).fate, PacketFate::delivered);
    EXPECT_EQ(boxes.pass(at(0s), up, tcp(1, 1'361)).fate, PacketFate::black_hole);
    EXPECT_EQ(boxes.pass(at(0s), down, tcp(1, 1'460)).fate, PacketFate::delivered);
}

TEST(ResetInjection, EndsTheShareOfConnectionsThatItSaysAtTheByteThatItSays) {
    Middleboxes boxes({Nat{}, ResetInjection{.probability = 0.3, .after_bytes = 1'000}, Nat{}},
                      Random(1));
    constexpr int connections = 20'000;
    int ended = 0;
    for (int i = 0; i < connections; ++i) {
        const Instant now = at(1h * i);
        Segment syn = opening(1);
        syn.sequence = static_cast<std::uint32_t>(i);
        const auto outside = boxes.pass(now, up, syn).client_port;
        // A SYN that is repeated is the same connection's.
        EXPECT_EQ(boxes.pass(now, up, syn).client_port, outside);
        EXPECT_TRUE(boxes.pass(now, up, tcp(1, 999)).resets.empty());
        const auto outcome = boxes.pass(now, down, tcp(outside, 1));
        EXPECT_EQ(outcome.fate, PacketFate::delivered);
        if (!outcome.resets.empty()) {
            ++ended;
            ASSERT_EQ(outcome.resets.size(), 2u);
            EXPECT_EQ(outcome.resets[0].direction, up);
            EXPECT_EQ(outcome.resets[0].segment.client_port, outside);
            EXPECT_EQ(outcome.resets[0].segment.sequence, 2'000u);
            EXPECT_EQ(outcome.resets[1].direction, down);
            EXPECT_EQ(outcome.resets[1].segment.client_port, 1);
            EXPECT_EQ(outcome.resets[1].segment.sequence, 1'001u);
        }
        EXPECT_TRUE(boxes.pass(now, down, tcp(outside, 1'000)).resets.empty());  // Once.
    }
    EXPECT_NEAR(ended, 0.3 * connections, 4 * std::sqrt(0.3 * 0.7 * connections));
}

TEST(ResetInjection, AnswersASynWithItsDataAsTheOtherEndWould) {
    Middleboxes boxes({ResetInjection{.probability = 1.0, .after_bytes = 1}}, Random(1));
    Segment syn = opening(1);
    syn.sequence = 500;
    syn.payload = 300;
    const auto resets = boxes.pass(at(0s), up, syn).resets;
    ASSERT_EQ(resets.size(), 2u);
    // RFC 9293 section 3.10.7.1: <SEQ=0><ACK=SEG.SEQ+SEG.LEN><CTL=RST,ACK>, the SYN counted.
    EXPECT_EQ(resets[0].direction, down);
    EXPECT_TRUE(resets[0].segment.ack);
    EXPECT_EQ(resets[0].segment.sequence, 0u);
    EXPECT_EQ(resets[0].segment.acknowledgment, 801u);
    EXPECT_EQ(resets[1].direction, up);
    EXPECT_FALSE(resets[1].segment.ack);
    EXPECT_EQ(resets[1].segment.sequence, 801u);
    EXPECT_TRUE(boxes.pass(at(1s), up, syn).resets.empty());  // The same connection's: once.
}

}  // namespace
}  // namespace reshake
