#include "models/device.h"

#include <gtest/gtest.h>

namespace reshake {
namespace {

using namespace std::chrono_literals;
using enum CryptoOperation;

TEST(CryptoCost, TheSizeTellsTheKey) {
    EXPECT_EQ(server_core_costs().cost(sign, "ECDSA", 70), 20us);
    EXPECT_EQ(server_core_costs().cost(sign, "ECDSA", 72), 20us);
    EXPECT_EQ(server_core_costs().cost(sign, "ECDSA", 103), 196us);
    EXPECT_EQ(server_core_costs().cost(verify, "ECDSA", 103), 419us);
    EXPECT_EQ(server_core_costs().cost(sign, "RSA", 256), 249us);
    EXPECT_EQ(server_core_costs().cost(sign, "RSA", 384), 740us);
    EXPECT_EQ(server_core_costs().cost(keygen, "EC", 32), 14us);
    EXPECT_EQ(server_core_costs().cost(derive, "ECDH", 48), 355us);
}

TEST(CryptoCost, ALongerNameIsNotTakenForTheOneItStartsWith) {
    EXPECT_EQ(server_core_costs().cost(keygen, "X25519MLKEM768", 0), 62us);
    EXPECT_EQ(server_core_costs().cost(keygen, "X25519", 32), 29us);
}

TEST(CryptoCost, EncryptionGrowsWithItsInput) {
    EXPECT_NEAR(static_cast<double>(server_core_costs().cost(cipher, "AES-128-GCM", 16384).count()),
                1400, 20);
    EXPECT_LT(server_core_costs().cost(cipher, "AES-256-GCM", 16), 100ns);
    EXPECT_GT(server_core_costs().cost(cipher, "AES-256-GCM", 16384),
              server_core_costs().cost(cipher, "AES-256-GCM", 8192));
}

TEST(CryptoCost, ATableOfItsOwnTakesThePlaceOfTheOneBuiltIn) {
    const CostTable table({{sign, "", std::nullopt, 7.0},
                           {cipher, "AES", 100, 1.0, 10.0},
                           {sign, "ECDSA", std::nullopt, 5.0},
                           {cipher, "", std::nullopt, 2.0}});
    EXPECT_EQ(table.cost(sign, "ECDSA", 70), 7us) << "the first line that fits counts";
    EXPECT_EQ(table.cost(cipher, "AES-128-GCM", 100), 2us);
    EXPECT_EQ(table.cost(cipher, "AES-128-GCM", 101), 2us);
    EXPECT_EQ(table.cost(verify, "ECDSA", 70), 0us) << "no line fits";
    EXPECT_EQ(table.cost(certificate, "", 0), 0us);
}

TEST(CryptoCost, DevicesAreEqualByWhatTheyCostNotByTheirProfilesName) {
    const CostTable table({{sign, "", std::nullopt, 7.0}});
    const DeviceProfile one{.name = "a", .table = table};
    const DeviceProfile other{.name = "b", .table = table};
    EXPECT_EQ(one, other);
    EXPECT_NE(one, DeviceProfile{});
    EXPECT_EQ(DeviceProfile{}.table, server_core_costs());
}

TEST(CryptoCost, NothingIsFreeThatNoLineNames) {
    for (const auto operation : {sign, verify, keygen, derive, encapsulate, decapsulate, kdf,
                                 cipher, handshake_message, certificate}) {
        EXPECT_GT(server_core_costs().cost(operation, "not yet invented", 1'000), Duration::zero());
    }
}

}  // namespace
}  // namespace reshake
