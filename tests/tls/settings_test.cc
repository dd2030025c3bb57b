#include "sim/tls/settings.h"

#include <gtest/gtest.h>

#include "tests/tls/exchange.h"

namespace reshake::tls::testing {
namespace {

using enum NamedSetting;

TEST(Settings, WhatOpensslKnowsIsTaken) {
    EXPECT_EQ(refusal_of(groups, "X25519"), std::nullopt);
    EXPECT_EQ(refusal_of(groups, "X25519MLKEM768:X25519:P-256:secp384r1"), std::nullopt);
    EXPECT_EQ(refusal_of(ciphersuites, "TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256"),
              std::nullopt);
    EXPECT_EQ(refusal_of(sigalgs, "ECDSA+SHA256:rsa_pss_rsae_sha256:ed25519"), std::nullopt);
}

TEST(Settings, AnUnknownNameIsRefusedAlsoBesideKnownOnes) {
    EXPECT_NE(refusal_of(groups, "X25519:Q-256"), std::nullopt);
    EXPECT_NE(refusal_of(sigalgs, "ECDSA+SHA256:ECDSA+SHA257"), std::nullopt);
    const auto reason = refusal_of(ciphersuites, "TLS_AES_256_GCM_SHA384:TLS_AES_512_GCM_SHA384");
    ASSERT_NE(reason, std::nullopt);
    EXPECT_NE(reason->find("TLS_AES_512_GCM_SHA384"), std::string::npos);
    EXPECT_NE(refusal_of(groups, std::string("X25519\0P-256", 12)), std::nullopt);
}

TEST(Settings, AContextRefusesWithTheSameWords) {
    SiteSettings settings;
    settings.server.groups = "X25519:Q-256";
    try {
        Site site(settings);
        FAIL() << "not refused";
    } catch (const SettingRefused& refused) {
        EXPECT_EQ(refused.setting(), groups);
        EXPECT_EQ(refused.value(), "X25519:Q-256");
        EXPECT_EQ(refused.reason(), refusal_of(groups, "X25519:Q-256"));
        EXPECT_NE(std::string(refused.what()).find("groups"), std::string::npos);
    }
}

}  // namespace
}  // namespace reshake::tls::testing
