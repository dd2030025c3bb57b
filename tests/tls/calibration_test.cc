#include "sim/tls/calibration.h"

#include <gtest/gtest.h>

#include <set>
#include <string>

#include "sim/tls/handshake_batch.h"

namespace reshake::tls::testing {
namespace {

using namespace std::chrono_literals;
using enum CryptoOperation;
using Side = HandshakeBatch::Side;

/// A device on which only what `line` names costs anything.
Device pays_for(const CostLine& line) {
    return {.profile = {.name = "one line", .table = CostTable({line})}};
}

/// Too slow to be performed a second time in a test.
bool is_slow(const Subject& subject) {
    return subject.algorithm == "RSA" && (subject.size > 256 || subject.operation == keygen);
}

TEST(Calibration, WhatIsPerformedOnceIsChargedOnceUnderItsName) {
    Calibration calibration;
    for (std::size_t i = 0; i < Calibration::subjects().size(); ++i) {
        const Subject& subject = Calibration::subjects()[i];
        if (is_slow(subject)) continue;
        const CostLine line{.operation = subject.operation,
                            .algorithm = std::string(subject.algorithm),
                            .microseconds = 1.0};
        EXPECT_EQ(calibration.perform(i, 3, pays_for(line)).total, 3us) << subject.algorithm;
    }
}

TEST(Calibration, WhatIsPerformedHasTheSizeItSays) {
    Calibration calibration;
    for (std::size_t i = 0; i < Calibration::subjects().size(); ++i) {
        const Subject& subject = Calibration::subjects()[i];
        if (subject.size == 0 || is_slow(subject)) continue;
        CostLine line{.operation = subject.operation,
                      .algorithm = std::string(subject.algorithm),
                      .up_to = subject.size,
                      .microseconds = 1.0};
        EXPECT_EQ(calibration.perform(i, 1, pays_for(line)).total, 1us) << subject.algorithm;
        // Each of an ECDSA signature's numbers is one byte shorter in one of 256.
        line.up_to = subject.size - (subject.algorithm == "ECDSA" ? 8 : 1);
        EXPECT_EQ(calibration.perform(i, 1, pays_for(line)).total, 0us) << subject.algorithm;
    }
}

TEST(Calibration, EveryLineOfTheTableButTheFallbacksHasASubject) {
    std::set<const CostLine*> reached;
    for (const Subject& subject : Calibration::subjects()) {
        for (const CostLine& line : server_core_costs().lines()) {
            if (line.operation != subject.operation) continue;
            if (line.up_to && subject.size > *line.up_to) continue;
            if (!subject.algorithm.starts_with(line.algorithm)) continue;
            reached.insert(&line);
            break;
        }
    }
    for (const CostLine& line : server_core_costs().lines()) {
        const bool is_whole_handshakes =
            line.operation == handshake_message || line.operation == certificate;
        const bool is_fallback = line.algorithm.empty() && line.operation != kdf;
        EXPECT_EQ(reached.contains(&line), !is_whole_handshakes && !is_fallback)
            << name_of(line.operation) << " " << line.algorithm;
    }
}

TEST(Calibration, EveryOperationHasACommonestAlgorithmWhichTheFallbackCostsToo) {
    std::set<CryptoOperation> found;
    for (const Subject& subject : Calibration::subjects()) {
        if (!subject.commonest) continue;
        found.insert(subject.operation);
        EXPECT_EQ(server_core_costs().cost(subject.operation, subject.algorithm, subject.size),
                  server_core_costs().cost(subject.operation, "not yet invented", subject.size))
            << name_of(subject.operation);
    }
    EXPECT_EQ(found.size(), 8);
}

TEST(Calibration, EveryCallDoesTheSameWork) {
    Calibration calibration;
    const Device device;
    const Cost once = calibration.perform(0, 10, device);
    EXPECT_GT(once.total, 0ns);
    EXPECT_EQ(calibration.perform(0, 10, device).total, once.total);
}

/// What the two sides of one handshake of a kind are charged.
std::pair<Duration, Duration> costs(const HandshakeKind& kind, const Device& payer,
                                    std::uint32_t connections = 1) {
    HandshakeBatch batch(kind, connections, payer);
    while (!batch.finished()) {
        batch.advance(Side::client);
        batch.advance(Side::server);
    }
    batch.release(Side::server);
    batch.release(Side::client);
    return {batch.cost(Side::client).total, batch.cost(Side::server).total};
}

TEST(HandshakeBatch, ItsMessagesAreThoseOfAHandshakeWithTwoTickets) {
    const Device device = pays_for({.operation = handshake_message, .microseconds = 1.0});
    // Both hellos, EncryptedExtensions, Certificate, CertificateVerify, two Finished, two tickets.
    EXPECT_EQ(costs({}, device), std::pair(Duration(9us), Duration(9us)));
    // Without certificate and its signature, and with one ticket.
    EXPECT_EQ(costs({.resumed = true}, device), std::pair(Duration(6us), Duration(6us)));
}

TEST(HandshakeBatch, ItsConnectionsCostAlike) {
    const Device device;
    const auto [client, server] = costs({.groups = "X25519"}, device);
    const auto [clients, servers] = costs({.groups = "X25519"}, device, 8);
    EXPECT_LT(std::chrono::abs(clients - 8 * client), 100ns);
    EXPECT_LT(std::chrono::abs(servers - 8 * server), 100ns);
}

TEST(HandshakeBatch, ItIsOfTheKindThatWasAskedFor) {
    const Device rsa = pays_for({.operation = sign, .algorithm = "RSA", .microseconds = 1.0});
    EXPECT_EQ(costs({.certificate = CertificateKey::rsa_2048}, rsa).second, 1us);
    EXPECT_EQ(costs({}, rsa).second, 0us);
    const Device hybrid =
        pays_for({.operation = encapsulate, .algorithm = "X25519MLKEM768", .microseconds = 1.0});
    EXPECT_EQ(costs({.groups = "X25519MLKEM768"}, hybrid).second, 1us);
    EXPECT_EQ(costs({.groups = "X25519"}, hybrid).second, 0us);
}

}  // namespace
}  // namespace reshake::tls::testing
