#include "sim/tls/endpoint.h"

#include <gtest/gtest.h>

#include <numeric>

#include "tests/tls/exchange.h"

namespace reshake::tls::testing {
namespace {

using namespace std::chrono_literals;

std::vector<std::byte> pattern(std::size_t size) {
    std::vector<std::byte> bytes(size);
    for (std::size_t i = 0; i < size; ++i) bytes[i] = static_cast<std::byte>(i * 7 + i / 251);
    return bytes;
}

bool holds(const ByteQueue& queue, std::span<const std::byte> expected) {
    return std::ranges::equal(queue.front(), expected);
}

struct Established : Connected {
    explicit Established(Site& site) : Connected(site, "established", run_start) { run(); }
};

TEST(Endpoint, HasWorkExactlyWhenAStepWouldDoSomething) {
    Site site;
    Connected connected(site, "first", run_start);
    Endpoint& client = *connected.client;
    Endpoint& server = *connected.server;
    EXPECT_TRUE(client.has_work());
    EXPECT_FALSE(server.has_work());
    client.step(run_start);
    EXPECT_FALSE(client.has_work());
    connected.move(client, server, connected.upward);
    EXPECT_TRUE(server.has_work());
    server.step(run_start);
    EXPECT_FALSE(server.has_work());

    client.write(pattern(10));
    client.close();
    EXPECT_FALSE(client.has_work()) << "nothing can be written before the handshake ends";
    connected.run();
    EXPECT_FALSE(client.has_work());
    EXPECT_TRUE(holds(server.received(), pattern(10)));

    server.close();
    EXPECT_TRUE(server.has_work());
    server.step(run_start);
    EXPECT_FALSE(server.has_work());
    client.end_input();
    EXPECT_TRUE(client.has_work());
    client.step(run_start);
    EXPECT_FALSE(client.has_work());
}

TEST(Endpoint, WhatIsWrittenArrivesInOrderHoweverTheBytesAreCut) {
    Site site;
    for (const std::size_t cut : {1u, 7u, 1448u}) {
        Connected connected(site, "cut", run_start);
        Endpoint& client = *connected.client;
        Endpoint& server = *connected.server;
        client.write(pattern(3000));
        const auto pass = [cut](Endpoint& from, Endpoint& to) {
            const std::size_t size = std::min(cut, from.output().size());
            if (size == 0) return;
            to.input().append(from.output().front().first(size));
            from.output().consume(size);
        };
        while (client.has_work() || server.has_work() || !client.output().empty() ||
               !server.output().empty()) {
            if (client.has_work()) client.step(run_start);
            pass(client, server);
            if (server.has_work()) server.step(run_start);
            pass(server, client);
        }
        EXPECT_TRUE(holds(server.received(), pattern(3000)));
        EXPECT_EQ(client.take_tickets().size(), 2u);
    }
}

TEST(Endpoint, MegabytesArriveAndOutputStaysBounded) {
    Site site;
    Established connected(site);
    const auto data = pattern(5'000'000);
    connected.server->write(data);
    std::size_t largest = 0;
    while (connected.server->has_work()) {
        connected.server->step(run_start);
        largest = std::max(largest, connected.server->output().size());
        EXPECT_FALSE(connected.server->has_work()) << "until some output is taken";
        connected.move(*connected.server, *connected.client, connected.downward);
        connected.client->step(run_start);
    }
    EXPECT_LE(largest, 64u * 1024 + 16384 + 22);
    EXPECT_TRUE(holds(connected.client->received(), data));
}

TEST(Endpoint, CloseIsSentAfterWhatWasWrittenAndClosesThePeer) {
    Site site;
    Established connected(site);
    connected.client->write(pattern(100));
    connected.client->close();
    connected.run();
    EXPECT_TRUE(holds(connected.server->received(), pattern(100)));
    EXPECT_EQ(connected.server->facts().state, State::closed);
    EXPECT_FALSE(connected.server->facts().alert_received);
    EXPECT_EQ(connected.client->facts().state, State::established) << "the peer may still send";

    // Each direction closes by itself: the answer still goes out.
    connected.server->write(pattern(50));
    connected.server->close();
    connected.run();
    EXPECT_TRUE(holds(connected.client->received(), pattern(50)));
    EXPECT_EQ(connected.client->facts().state, State::closed);
    EXPECT_FALSE(connected.client->facts().truncated);
    EXPECT_FALSE(connected.client->facts().alert_sent);
}

TEST(Endpoint, ThePeersEndAfterOurCloseIsOrderly) {
    Site site;
    for (const bool end_first : {false, true}) {
        Established connected(site);
        if (end_first) connected.client->end_input();
        connected.client->close();
        connected.client->step(run_start);
        connected.client->end_input();
        if (connected.client->has_work()) connected.client->step(run_start);
        EXPECT_EQ(connected.client->facts().truncated, end_first);
        EXPECT_EQ(connected.client->facts().state, end_first ? State::failed : State::closed);
    }
}

TEST(Endpoint, AnEndWithoutCloseNotifyIsATruncation) {
    Site site;
    Established connected(site);
    connected.client->write(pattern(10));
    connected.client->step(run_start);
    connected.move(*connected.client, *connected.server, connected.upward);
    connected.server->end_input();
    EXPECT_TRUE(connected.server->has_work());
    connected.server->step(run_start);
    EXPECT_TRUE(holds(connected.server->received(), pattern(10))) << "what came before counts";
    EXPECT_EQ(connected.server->facts().state, State::failed);
    EXPECT_TRUE(connected.server->facts().truncated);
    EXPECT_EQ(connected.server->facts().error, "unexpected eof while reading");
    EXPECT_FALSE(connected.server->has_work());
}

TEST(Endpoint, AFlightCutShortIsATruncationForWhoeverWaitsForTheRest) {
    Site site;
    for (const std::size_t kept : {0u, 1u, 4u, 5u, 100u, 400u, 1000u, 1900u}) {
        Connected connected(site, "cut", run_start);
        Endpoint& client = *connected.client;
        client.step(run_start);
        connected.move(client, *connected.server, connected.upward);
        connected.server->step(run_start);
        client.input().append(connected.server->output().front().first(kept));
        client.end_input();
        client.step(run_start);
        EXPECT_EQ(client.facts().state, State::failed) << kept;
        EXPECT_TRUE(client.facts().truncated) << kept;
        EXPECT_FALSE(client.has_work());
        EXPECT_TRUE(client.take_tickets().empty());
    }
}

TEST(Endpoint, RandomBytesFailWithoutHarm) {
    Site site;
    Random random(11);
    for (int i = 0; i < 300; ++i) {
        Connected connected(site, "random", run_start);
        for (Endpoint* side : {connected.server.get(), connected.client.get()}) {
            std::vector<std::byte> noise(1 + random.below(3000));
            random.fill(noise);
            if (i % 2 == 0 && noise.size() > 5) {  // Dressed as a handshake record.
                noise[0] = std::byte{22};
                noise[1] = noise[2] = std::byte{3};
                noise[3] = static_cast<std::byte>((noise.size() - 5) >> 8);
                noise[4] = static_cast<std::byte>((noise.size() - 5) & 0xff);
            }
            side->input().append(noise);
            side->end_input();
            side->step(run_start);
            ASSERT_EQ(side->facts().state, State::failed);
            EXPECT_NE(side->facts().error, "");
            EXPECT_FALSE(side->has_work());
        }
    }
}

/// Runs a handshake in which bit `bit` of one flight's byte `at` is turned.
State state_after_damage(Site& site, bool upward, std::size_t at, unsigned bit) {
    Connected connected(site, "damaged", run_start);
    Endpoint& client = *connected.client;
    Endpoint& server = *connected.server;
    client.step(run_start);
    const auto pass = [&](Endpoint& from, Endpoint& to, bool damage) {
        std::vector<std::byte> bytes(from.output().front().begin(), from.output().front().end());
        from.output().consume(bytes.size());
        if (damage) bytes.at(at) ^= static_cast<std::byte>(1u << bit);
        to.input().append(bytes);
    };
    pass(client, server, upward);
    server.step(run_start);
    pass(server, client, !upward);
    connected.run();
    return client.facts().state == State::established ? server.facts().state : client.facts().state;
}

TEST(Endpoint, NoHandshakeSurvivesAFlippedBit) {
    Site site;
    Connected sample(site, "damaged", run_start);
    sample.run();
    // The version in a record's header is not covered before encryption starts (RFC 8446, 5.1).
    const auto is_version = [](std::size_t at) { return at == 1 || at == 2; };
    unsigned bit = 0;
    for (std::size_t at = 0; at < sample.upward[0]; at += 3) {
        if (is_version(at)) continue;
        EXPECT_NE(state_after_damage(site, true, at, bit++ % 8), State::established) << at;
    }
    const std::size_t server_hello = 127;
    const auto change_cipher_spec_version = [=](std::size_t at) {
        return at == server_hello + 1 || at == server_hello + 2;
    };
    for (std::size_t at = 0; at < sample.downward[0]; at += 11) {
        if (is_version(at) || change_cipher_spec_version(at)) continue;
        EXPECT_NE(state_after_damage(site, false, at, bit++ % 8), State::established) << at;
    }
}

TEST(Endpoint, DamagedApplicationDataEndsWithBadRecordMac) {
    Site site;
    Established connected(site);
    connected.client->write(pattern(100));
    connected.client->step(run_start);
    std::vector<std::byte> bytes(connected.client->output().front().begin(),
                                 connected.client->output().front().end());
    connected.client->output().consume(bytes.size());
    bytes.back() ^= std::byte{1};
    connected.server->input().append(bytes);
    connected.run();
    constexpr std::uint8_t bad_record_mac = 20;
    EXPECT_EQ(connected.server->facts().alert_sent, bad_record_mac);
    EXPECT_EQ(connected.client->facts().alert_received, bad_record_mac);
    EXPECT_TRUE(connected.server->received().empty());
}

TEST(Endpoint, CanBeDroppedAtAnyMoment) {
    Site site;
    for (int steps = 0; steps < 6; ++steps) {
        Connected connected(site, "dropped", run_start);
        for (int i = 0; i < steps; ++i) {
            connected.client->step(run_start);
            connected.move(*connected.client, *connected.server, connected.upward);
            connected.server->step(run_start);
            connected.move(*connected.server, *connected.client, connected.downward);
        }
    }
}

}  // namespace
}  // namespace reshake::tls::testing
