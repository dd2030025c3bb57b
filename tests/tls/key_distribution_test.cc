// Tickets of one server at another whose clock is off or whose keys came late: the pure models
// predict, real OpenSSL decides.
#include <gtest/gtest.h>

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <vector>

#include "models/key_view.h"
#include "sim/tls/delivered_keys.h"
#include "tests/tls/exchange.h"

namespace reshake::tls::testing {
namespace {

using namespace std::chrono_literals;

/// What OpenSSL says at `to` of a ticket that `from` seals at `sealed`.
TicketVerdict offered(Site& site, ServerContext& from, Instant sealed, ServerContext& to,
                      Instant when) {
    Connected first(site.client, from, site.random, "seal", sealed);
    first.run();
    const auto tickets = first.client->take_tickets();
    Connected second(site.client, to, site.random, "offer", sealed, &tickets.back());
    second.server_now = when;  // The client's clock stays behind, so that it offers what it has.
    second.run();
    EXPECT_EQ(second.client->facts().state, State::established);
    return second.server->facts().ticket;
}

TEST(KeysFromClocks, OpenAsTheModelPredictsWhateverTheClocksShow) {
    Site site;
    const StekRotation rotation{.every = 10min, .keep_previous = 1};
    const Tickets tickets{.lifetime = 25min, .rotation = rotation};
    int known = 0;
    int unknown = 0;
    int retired = 0;
    for (const std::uint32_t accept_next : {0u, 1u}) {
        const ClockDerived derived{.accept_next = accept_next};
        TicketKeys keys(rotation, site.random.stream("ring"), derived);
        for (const Duration ahead :
             std::initializer_list<Duration>{-41min, -11min, -1s, 0s, 1s, 11min, 24min}) {
            WallClock right;
            WallClock off;
            off.put_off(0, ahead, 0.0, run_start);
            ServerContext a(site.library, {.groups = "X25519"}, tickets, site.chain, keys);
            ServerContext b(site.library, {.groups = "X25519"}, tickets, site.chain, keys);
            a.use_clock(right);
            b.use_clock(off);
            for (const Duration at : std::initializer_list<Duration>{5min, 10min}) {
                for (const Duration age : std::initializer_list<Duration>{1ms, 12min}) {
                    const Instant sealed = run_start + 30min + at;
                    const Instant when = sealed + age;
                    const KeyId key = *view_of(rotation, derived, right.shows(sealed)).sealing;
                    const Instant date = off.shows(when);
                    const bool opens = view_of(rotation, derived, date).opens(key);
                    const bool young = date <= sealed + tickets.lifetime;
                    const auto expected =
                        opens ? young ? TicketVerdict::accepted : TicketVerdict::expired
                        : key.generation > issuing_generation(rotation, date)
                            ? TicketVerdict::unknown_key
                            : TicketVerdict::key_retired;
                    EXPECT_EQ(offered(site, a, sealed, b, when), expected);
                    known += opens ? 1 : 0;
                    unknown += expected == TicketVerdict::unknown_key ? 1 : 0;
                    retired += expected == TicketVerdict::key_retired ? 1 : 0;
                }
            }
        }
    }
    EXPECT_GT(known, 20);
    EXPECT_GT(unknown, 5);
    EXPECT_GT(retired, 5);
}

/// A server that gets each key so long after it has been handed out.
struct Late {
    Late(Site& site, const Tickets& tickets, Duration handed_out_before, Duration delay,
         WithoutKey without_key, const char* name)
        : rotation(*tickets.rotation),
          before(handed_out_before),
          late(delay),
          held(rotation, without_key),
          keys(rotation, without_key, site.random.stream(name)),
          context(site.library, {.groups = "X25519"}, tickets, site.chain, keys) {}

    void go_to(Instant now, const Random& root) {
        for (; begins_at(rotation, next) - before + late <= now && next <= last; ++next) {
            const HandedKey key{.id = {.source = KeySource::coordinator, .generation = next},
                                .seals_from = begins_at(rotation, next)};
            held.receive(key);
            keys.receive(key, derive_stek(root, next));
        }
    }

    StekRotation rotation;
    Duration before;
    Duration late;
    HeldKeys held;
    DeliveredKeys keys;
    ServerContext context;
    std::int64_t next = 0;
    std::int64_t last = 3;  ///< Then the coordinator is dead.
};

TEST(KeysHandedOut, OpenAsTheModelPredictsHoweverLateTheyCome) {
    Site site;
    const Tickets tickets{.lifetime = 2h,
                          .rotation = StekRotation{.every = 10min, .keep_previous = 1}};
    const Random root = site.random.stream("keys");
    int unknown = 0;
    int without = 0;
    for (const Duration before : std::initializer_list<Duration>{0s, 30s}) {
        for (const WithoutKey choice :
             {WithoutKey::no_tickets, WithoutKey::own_key, WithoutKey::keep_sealing}) {
            Late a(site, tickets, before, 1s, choice, "a");
            Late b(site, tickets, before, 20s, choice, "b");
            for (const Duration at : std::initializer_list<Duration>{
                     10min + 5s, 10min + 21s, 30min + 1s, 49min, 51min, 80min}) {
                for (const Duration age : std::initializer_list<Duration>{2s, 16s, 8min}) {
                    const Instant sealed = run_start + at;
                    a.go_to(sealed, root);
                    const KeyView of_a = view_of(a.held, sealed);
                    Connected first(site.client, a.context, site.random, "seal", sealed);
                    first.run();
                    EXPECT_EQ(first.client->facts().state, State::established);
                    const auto got = first.client->take_tickets();
                    EXPECT_EQ(got.empty(), !of_a.sealing.has_value());
                    without += got.empty() ? 1 : 0;
                    if (got.empty()) continue;
                    // Both as they are then; what came meanwhile cannot be taken back.
                    Late then(site, tickets, before, 20s, choice, "b");
                    then.go_to(sealed + age, root);
                    const KeyView of_b = view_of(then.held, sealed + age);
                    const bool own = of_a.sealing->source == KeySource::own;
                    const bool opens = !own && of_b.opens(*of_a.sealing);
                    Connected second(site.client, then.context, site.random, "offer", sealed,
                                     &got.back());
                    second.server_now = sealed + age;
                    second.run();
                    const TicketVerdict verdict = second.server->facts().ticket;
                    EXPECT_EQ(verdict == TicketVerdict::accepted, opens);
                    EXPECT_EQ(second.server->facts().resumed, opens);
                    if (!opens) {
                        const auto fate = then.held.fate(*of_a.sealing, sealed + age);
                        EXPECT_EQ(verdict, !own && fate == HeldKeys::Fate::retired
                                               ? TicketVerdict::key_retired
                                               : TicketVerdict::unknown_key);
                    }
                    unknown += verdict == TicketVerdict::unknown_key ? 1 : 0;
                    EXPECT_FALSE(before > 20s && !own && verdict == TicketVerdict::unknown_key);
                }
            }
        }
    }
    EXPECT_GT(unknown, 3);
    EXPECT_GT(without, 3);
}

TEST(KeysHandedOut, AHandshakeFailsForWantOfOneOnlyWhereTheOperatorChoseSo) {
    Site site;
    const StekRotation rotation{.every = 10min};
    const Tickets tickets{.rotation = rotation};
    for (const ProtocolVersion version : {ProtocolVersion::tls_1_2, ProtocolVersion::tls_1_3}) {
        for (const bool fails : {false, true}) {
            DeliveredKeys none(rotation, fails ? WithoutKey::fail : WithoutKey::no_tickets,
                               site.random.stream("own"));
            ServerContext server(site.library, {.groups = "X25519:P-256", .max_protocol = version},
                                 tickets, site.chain, none);
            ClientContext client(site.library, {.groups = "X25519:P-256"}, site.chain, server_name);
            Connected connected(client, server, site.random, "no key", run_start);
            connected.run();
            EXPECT_EQ(connected.server->facts().state, fails ? State::failed : State::established);
            EXPECT_TRUE(connected.client->take_tickets().empty());
        }
    }
}

// OpenSSL asks whether a ticket is too old, and not whether it is of the future.
TEST(ClockSkew, AServerRefusesTicketsThatItsClockMakesTooOldAndNoneOfItsFuture) {
    Site site;
    const Tickets tickets{.lifetime = 1h};
    TicketKeys keys(std::nullopt, site.random.stream("ring"));
    for (const Duration ahead : std::initializer_list<Duration>{-100h, -1h, 59min, 61min}) {
        WallClock clock;
        ServerContext from(site.library, {.groups = "X25519"}, tickets, site.chain, keys);
        ServerContext to(site.library, {.groups = "X25519"}, tickets, site.chain, keys);
        clock.put_off(0, ahead, 0.0, run_start);
        to.use_clock(clock);
        const auto verdict = offered(site, from, run_start + 200h, to, run_start + 200h);
        EXPECT_EQ(verdict, ahead > 1h ? TicketVerdict::expired : TicketVerdict::accepted);
    }
}

TEST(ClockSkew, AClientWhoseClockIsBeforeTheCertificatesDoesNotTrustThem) {
    Site site;
    WallClock clock;
    clock.put_off(0, -48h, 0.0, run_start);
    site.client.use_clock(clock);
    Connected connected(site, "early", run_start + 1h);
    connected.run();
    EXPECT_EQ(connected.client->facts().state, State::failed);
    EXPECT_NE(connected.client->facts().error.find("not yet valid"), std::string::npos);
}

TEST(ClockSkew, EarlyDataIsNotFreshWhenAClockHasJumpedSinceTheTicketWasIssued) {
    SiteSettings settings;
    settings.client.early_data = true;
    settings.server = {
        .groups = "X25519", .max_early_data = 1024, .anti_replay = AntiReplay::client_hello_record};
    for (const Duration jump : std::initializer_list<Duration>{0s, -30s, 30s}) {
        Site site(settings);
        const auto ticket = fresh_tickets(site, "seal", run_start + 1h).back();
        WallClock clock;
        clock.put_off(0, jump, 0.0, run_start + 1h);
        site.server.use_clock(clock);
        Connected connected(site, "offer", run_start + 2h, &ticket);
        connected.client->write(std::vector<std::byte>(100));
        connected.client->send_early();
        connected.run();
        EXPECT_TRUE(connected.server->facts().resumed);
        EXPECT_EQ(connected.server->facts().early_data_verdict,
                  jump == 0s ? EarlyDataVerdict::none : EarlyDataVerdict::not_fresh);
    }
}

}  // namespace
}  // namespace reshake::tls::testing
