#include "models/device.h"

#include <gtest/gtest.h>

namespace reshake {
namespace {

using namespace std::chrono_literals;
using enum CryptoOperation;

TEST(CryptoCost, TheSizeTellsTheKey) {
    EXPECT_EQ(crypto_cost(sign, "ECDSA", 70), 20us);
    EXPECT_EQ(crypto_cost(sign, "ECDSA", 72), 20us);
    EXPECT_EQ(crypto_cost(sign, "ECDSA", 103), 196us);
    EXPECT_EQ(crypto_cost(verify, "ECDSA", 103), 419us);
    EXPECT_EQ(crypto_cost(sign, "RSA", 256), 249us);
    EXPECT_EQ(crypto_cost(sign, "RSA", 384), 740us);
    EXPECT_EQ(crypto_cost(keygen, "EC", 32), 14us);
    EXPECT_EQ(crypto_cost(derive, "ECDH", 48), 355us);
}

TEST(CryptoCost, ALongerNameIsNotTakenForTheOneItStartsWith) {
    EXPECT_EQ(crypto_cost(keygen, "X25519MLKEM768", 0), 62us);
    EXPECT_EQ(crypto_cost(keygen, "X25519", 32), 29us);
}

TEST(CryptoCost, EncryptionGrowsWithItsInput) {
    EXPECT_NEAR(static_cast<double>(crypto_cost(cipher, "AES-128-GCM", 16384).count()), 1400, 20);
    EXPECT_LT(crypto_cost(cipher, "AES-256-GCM", 16), 100ns);
    EXPECT_GT(crypto_cost(cipher, "AES-256-GCM", 16384), crypto_cost(cipher, "AES-256-GCM", 8192));
}

TEST(CryptoCost, NothingIsFreeThatNoLineNames) {
    for (const auto operation : {sign, verify, keygen, derive, encapsulate, decapsulate, kdf,
                                 cipher, handshake_message, certificate}) {
        EXPECT_GT(crypto_cost(operation, "not yet invented", 1'000), Duration::zero());
    }
}

}  // namespace
}  // namespace reshake
