// A store that is encrypted at rest holds no secret in clear, and nothing but its device opens it.
#include "sim/tls/sealing.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "sim/tls/handles.h"
#include "sim/tls/seams.h"
#include "tests/tls/exchange.h"

namespace reshake::tls::testing {
namespace {

using namespace std::chrono_literals;

constexpr StorageKey key_of(int device) {
    StorageKey key{};
    key[0] = static_cast<std::byte>(device);
    return key;
}

bool holds(std::span<const std::byte> where, std::span<const std::byte> what) {
    return !std::ranges::search(where, what).empty();
}

/// The tickets of a full handshake as the client's library stores them.
std::vector<Ticket> stored(Site& site, std::optional<StorageKey> key) {
    Connected connected(site.client, site.server, site.random, "visit", run_start, nullptr,
                        {.at_rest = key});
    connected.run();
    return connected.client->take_tickets();
}

bool resumes(Site& site, const Ticket& ticket, std::optional<StorageKey> key) {
    Connected connected(site.client, site.server, site.random, "again", run_start + 1s, &ticket,
                        {.at_rest = key});
    connected.run();
    EXPECT_EQ(connected.client->facts().state, State::established);
    return connected.client->facts().resumed;
}

TEST(StoreAtRest, HoldsNoSecretInClear) {
    Site site;
    const std::vector<Ticket> sealed = stored(site, key_of(1));
    const std::vector<Ticket> clear = stored(site, std::nullopt);
    ASSERT_EQ(sealed.size(), 2u);
    OSSL_LIB_CTX* const library = site.library.handle().context.get();
    for (std::size_t i = 0; i < sealed.size(); ++i) {
        const Housekeeping housekeeping{Random(1).stream("look")};
        const auto opened = open(library, key_of(1), sealed[i].session);
        ASSERT_TRUE(opened);
        // The same handshake gave the same session, and there its secrets lie open.
        EXPECT_EQ(*opened, clear[i].session);
        const auto* der = reinterpret_cast<const unsigned char*>(opened->data());
        const SessionPtr session(
            d2i_SSL_SESSION_ex(nullptr, &der, static_cast<long>(opened->size()), library, nullptr));
        ASSERT_NE(session, nullptr);
        std::array<std::byte, 48> secret{};
        ASSERT_EQ(
            SSL_SESSION_get_master_key(
                session.get(), reinterpret_cast<unsigned char*>(secret.data()), secret.size()),
            secret.size());
        EXPECT_TRUE(holds(clear[i].session, secret));
        for (std::size_t at = 0; at + 8 <= secret.size(); ++at) {
            EXPECT_FALSE(holds(sealed[i].session, std::span(secret).subspan(at, 8)));
        }
        // Nor anything else of the session: no eight bytes of its DER.
        for (std::size_t at = 0; at + 8 <= opened->size(); at += 8) {
            EXPECT_FALSE(holds(sealed[i].session, std::span(*opened).subspan(at, 8)));
        }
        EXPECT_EQ(sealed[i].session.size(), clear[i].session.size() + 12 + 16);
    }
    EXPECT_NE(sealed[0].session, sealed[1].session);
}

TEST(StoreAtRest, IsOpenedByItsDeviceOnly) {
    Site site;
    const auto tickets = stored(site, key_of(1));
    EXPECT_TRUE(resumes(site, tickets[0], key_of(1)));
    // Like any ticket that cannot be read, it is not offered.
    EXPECT_FALSE(resumes(site, tickets[1], key_of(2)));
    Ticket damaged = tickets[1];
    damaged.session.back() ^= std::byte{1};
    EXPECT_FALSE(resumes(site, damaged, key_of(1)));
    EXPECT_FALSE(resumes(site, tickets[1], std::nullopt));
}

TEST(StoreAtRest, CostsWhatItsCipherCosts) {
    Site site;
    Connected plain(site, "visit", run_start);
    plain.run();
    Connected sealing(site.client, site.server, site.random, "visit", run_start, nullptr,
                      {.at_rest = key_of(1)});
    sealing.run();
    EXPECT_GT(sealing.client_cost.total, plain.client_cost.total);
    EXPECT_EQ(sealing.server_cost.total, plain.server_cost.total);
}

}  // namespace
}  // namespace reshake::tls::testing
