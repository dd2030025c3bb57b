#include <gtest/gtest.h>

#include <algorithm>

#include "models/describe.h"
#include "models/scenario.h"

namespace reshake {
namespace {

using namespace std::chrono_literals;

Scenario sound() {
    return {.duration = 72h,
            .clients = {{.name = "phones",
                         .count = 10,
                         .access = Link{.rate = BitRate{12'000'000}, .delay = 45ms, .loss = {}},
                         .arrivals = Poisson{.mean_gap = 1h},
                         .churn = {},
                         .tls = {}}},
            .fleets = {{.name = "edge",
                        .sites = {{.name = "ams"}, {.name = "iad"}},
                        .servers_per_site = 2,
                        .tickets = {.lifetime = 6h, .rotation = StekRotation{.every = 24h}},
                        .tls = {}}},
            .faults = {Partition{.between = {"phones", "edge/ams"}, .start = 30h, .lasts = 2h}}};
}

bool mentions(const std::vector<Problem>& problems, Severity severity, std::string_view path,
              std::string_view words) {
    return std::ranges::any_of(problems, [&](const Problem& problem) {
        return problem.severity == severity && problem.path == path &&
               problem.sentence.find(words) != std::string::npos;
    });
}

TEST(Validate, APartitionPartsWhatHasNothingInCommon) {
    const auto parted = [](std::string one, std::string other) {
        Scenario scenario = sound();
        scenario.fleets[0].session_cache = SessionCache{.replicas = 2};
        scenario.faults[0] =
            Partition{.between = {std::move(one), std::move(other)}, .start = 1h, .lasts = 1h};
        return validate(scenario);
    };
    const auto refused = [&](const char* part, const char* whole) {
        return mentions(parted(part, whole), Severity::error, "faults[0].between",
                        "which is part of") &&
               mentions(parted(whole, part), Severity::error, "faults[0].between",
                        "which is part of");
    };
    EXPECT_TRUE(refused("edge/ams", "edge"));
    EXPECT_TRUE(refused("edge/cache/replica-1", "edge/cache"));
    // A server can be cut off from its site, and all servers from a cache.
    EXPECT_FALSE(refused("edge/ams/server-1", "edge/ams"));
    EXPECT_FALSE(refused("edge/cache/replica-1", "edge"));
}

TEST(Validate, AGreyFailureHasGroupsLikeAPartitionAndChangesSomething) {
    Scenario scenario = sound();
    scenario.faults[0] = GreyFailure{.between = {"phones", "edge/fra"}, .start = 1h, .lasts = 1h};
    const auto found = validate(scenario);
    EXPECT_TRUE(mentions(found, Severity::error, "faults[0].between[1]", "which is no place"));
    EXPECT_TRUE(mentions(found, Severity::warning, "faults[0]", "changes nothing"));
    scenario.faults[0] = Partition{.between = {"phones", "edge"},
                                   .lasts = 1h,
                                   .flapping = Flapping{.period = 0s, .share = 0.0}};
    const auto flapping = validate(scenario);
    EXPECT_TRUE(mentions(flapping, Severity::error, "faults[0].flapping.period", "above 0s"));
    EXPECT_TRUE(mentions(flapping, Severity::error, "faults[0].flapping.share", "above 0"));
}

TEST(Validate, MiddleboxesAndQueuesChangeSomething) {
    Scenario scenario = sound();
    scenario.clients[0].access = Link{.delay = 1ms, .queue = CoDel{}, .mtu = 1400};
    scenario.clients[0].middleboxes = {Firewall{}, BlackHole{.larger_than = 1400},
                                       ResetInjection{.probability = 0.0}, Nat{.udp_timeout = 0s}};
    const auto found = validate(scenario);
    const auto warning = Severity::warning;
    EXPECT_TRUE(mentions(found, warning, "clients[0].access.queue", "without a rate"));
    EXPECT_TRUE(mentions(found, warning, "clients[0].middleboxes[0]", "changes nothing"));
    EXPECT_TRUE(mentions(found, warning, "clients[0].middleboxes[1].larger_than", "mtu (1400)"));
    EXPECT_TRUE(mentions(found, warning, "clients[0].middleboxes[2].probability", "is 0"));
    EXPECT_TRUE(mentions(found, Severity::error, "clients[0].middleboxes[3].udp_timeout", "0s"));
    TraceLink recorded{.up = OneWay{.rate = BitRate{1'000'000}}};
    recorded.downlink.opportunities = {1};
    scenario.clients[0].access = recorded;
    EXPECT_TRUE(
        mentions(validate(scenario), Severity::error, "clients[0].access.up.rate", "must be None"));
}

TEST(Validate, ACellTakesSoManyStationsAndNobodyLeavesIt) {
    Scenario scenario = sound();
    const auto error = Severity::error;
    scenario.clients[0].count = 30;
    scenario.clients[0].access = Lte{.distance = 200.0, .speed = 1.0, .neighbours = 9};
    EXPECT_EQ(validate(scenario), std::vector<Problem>{});
    scenario.clients.push_back(scenario.clients[0]);
    scenario.clients[1].name = "cars";
    EXPECT_TRUE(mentions(validate(scenario), error, "clients[1].access", "one cell of it"));
    scenario.clients.pop_back();
    scenario.clients[0].count = 31;
    EXPECT_TRUE(mentions(validate(scenario), error, "clients[0].count",
                         "is 31 beside 9 neighbours, but Lte takes at most 39"));
    scenario.clients[0].access = Wifi{.distance = 50.0, .farthest = 50.0, .neighbours = 70};
    scenario.clients[0].handovers = {Handover{.at = {1h}}};
    const auto found = validate(scenario);
    EXPECT_TRUE(mentions(found, error, "clients[0].count", "at most 100 stations in all"));
    EXPECT_TRUE(mentions(found, error, "clients[0].access.farthest", "above distance (50)"));
    EXPECT_TRUE(mentions(found, Severity::warning, "clients[0].access.farthest", "speed of 0"));
    EXPECT_TRUE(mentions(found, error, "clients[0].handovers", "must be empty"));
    scenario.clients[0].access = Wifi{.distance = 0.0};
    EXPECT_TRUE(mentions(validate(scenario), error, "clients[0].access.distance", "is 0"));
}

TEST(Validate, ASoundScenarioHasNoProblems) {
    EXPECT_EQ(validate(sound()), std::vector<Problem>{});
}

TEST(Validate, ARolloutReachesEachSiteOnceAndIsJudgedByAnotherOne) {
    Scenario scenario = sound();
    StagedRollout rollout{.fleet = "edge",
                          .start = 71h,
                          .stages = {{.sites = {"ams", "fra"}, .bake = 30min},
                                     {.sites = {}, .bake = 10min},
                                     {.sites = {"ams"}, .bake = 21min}},
                          .tls = ServerTls{},
                          .analysis = CanaryAnalysis{}};
    scenario.faults[0] = rollout;
    const auto found = validate(scenario);
    const auto error = Severity::error;
    EXPECT_TRUE(mentions(found, error, "faults[0].stages[0].sites[1]", "no site of \"edge\""));
    EXPECT_TRUE(mentions(found, error, "faults[0].stages[1].sites", "is empty"));
    EXPECT_TRUE(mentions(found, error, "faults[0].stages[2].sites[0]", "has the change already"));
    EXPECT_TRUE(mentions(found, error, "faults[0].analysis", "has no margin"));
    EXPECT_TRUE(mentions(found, Severity::warning, "faults[0].stages[2].bake", "from 2d23h40min"));
    rollout.stages = {{.sites = {"ams"}, .bake = 30min}};
    rollout.analysis->failed_share = 0.01;
    scenario.faults = {rollout};
    EXPECT_EQ(validate(scenario), std::vector<Problem>{});
    rollout.fleet = "edgy";
    rollout.stages.clear();
    scenario.faults = {rollout};
    const auto nowhere = validate(scenario);
    EXPECT_TRUE(mentions(nowhere, error, "faults[0].fleet", "no fleet"));
    EXPECT_TRUE(mentions(nowhere, error, "faults[0].stages", "is empty"));
}

TEST(Validate, ReportsAllProblemsAtOnceWithTheirPaths) {
    Scenario scenario = sound();
    scenario.clients[0].vanish = 1.5;
    scenario.clients[0].access =
        Link{.delay = -1ms, .loss = GilbertElliott{.mean_loss = 0.9, .mean_burst = 2}};
    scenario.fleets[0].sites[1].name = "ams";
    scenario.fleets[0].tickets.lifetime = 8 * 24h;
    scenario.faults[0] = Partition{.between = {"phones", "edge/fra"}, .start = 1h, .lasts = 0h};
    const auto found = validate(scenario);
    const auto error = Severity::error;
    EXPECT_TRUE(mentions(found, error, "clients[0].vanish", "is 1.5, must be 0 to 1"));
    EXPECT_TRUE(mentions(found, error, "clients[0].access.delay", "is -1ms, must be 0s to 1min"));
    EXPECT_TRUE(mentions(found, error, "clients[0].access.loss.mean_burst", "at least 9"));
    EXPECT_TRUE(mentions(found, error, "fleets[0].sites[1].name", "taken already"));
    EXPECT_TRUE(mentions(found, error, "fleets[0].tickets.lifetime", "is 8d, must be 1s to 7d"));
    EXPECT_TRUE(mentions(found, error, "faults[0].between[1]", "\"edge/fra\", which is no place"));
    EXPECT_TRUE(mentions(found, error, "faults[0].lasts", "above 0s"));
}

TEST(Validate, KnowsWhatFollowsFromTheNamesOfTenants) {
    Scenario scenario = sound();
    scenario.clients[0].tenants = {"shop", "bank", "shop"};
    const auto error = Severity::error;
    EXPECT_TRUE(mentions(validate(scenario), error, "clients[0].tenants[0]", "the fleet has none"));
    Fleet& fleet = scenario.fleets[0];
    fleet.tenants = {{.name = "shop", .hosts = 2}, {.name = "2.shop"}, {.name = "shop"}};
    const auto found = validate(scenario);
    EXPECT_TRUE(mentions(found, error, "clients[0].tenants[1]", "the tenants are \"shop\""));
    EXPECT_TRUE(mentions(found, error, "clients[0].tenants[2]", "twice"));
    EXPECT_TRUE(mentions(found, error, "fleets[0].tenants[1].name", "2.shop.edge.example"));
    EXPECT_TRUE(mentions(found, error, "fleets[0].tenants[2].name", "taken already"));
    scenario.clients[0].tenants = {};
    fleet.tenants = {{.name = "0123456789abcdef0123456"}};
    EXPECT_EQ(validate(scenario), std::vector<Problem>{});
    fleet.tls.session_id_context = "reshake-2";
    EXPECT_TRUE(mentions(validate(scenario), error, "fleets[0].tls.session_id_context",
                         "at most 32 bytes, the name of a tenant included"));
}

TEST(Validate, APercentileIsNotBelowTheMedian) {
    Scenario scenario = sound();
    scenario.clients[0].arrivals = Diurnal{.away = 3h, .pause_median = 10min, .pause_p90 = 5min};
    EXPECT_TRUE(mentions(validate(scenario), Severity::error, "clients[0].arrivals.pause_p90",
                         "is 5min, below pause_median (10min)"));
}

TEST(Validate, RestartsServersAndNothingElse) {
    Scenario scenario = sound();
    for (const char* where : {"edge", "edge/ams", "edge/iad/server-2"}) {
        scenario.faults = {Restart{.where = where, .start = 1h, .lasts = 1s}};
        EXPECT_EQ(validate(scenario), std::vector<Problem>{}) << where;
    }
    scenario.faults = {Restart{.where = "phones", .start = 1h, .lasts = 1s},
                       Restart{.where = "edge/ams/server-3", .start = 80h, .lasts = 0s}};
    const auto found = validate(scenario);
    EXPECT_TRUE(mentions(found, Severity::error, "faults[0].where", "which is a population"));
    EXPECT_TRUE(mentions(found, Severity::error, "faults[1].where", "which is no place"));
    EXPECT_TRUE(mentions(found, Severity::error, "faults[1].lasts", "above 0s"));
    EXPECT_TRUE(mentions(found, Severity::warning, "faults[1].start", "after the run has ended"));
}

TEST(Validate, KnowsWhatDrainsHealthChecksAndLinksCannotMean) {
    Scenario scenario = sound();
    scenario.faults = {Drain{.where = "phones", .start = 1h, .grace = -1s, .lasts = 1h}};
    scenario.fleets[0].health_check = HealthCheck{.interval = 1s};
    scenario.clients[0].access =
        Link{.delay = 1ms,
             .queue_bytes = 100,
             .up = OneWay{.loss = DropPackets{{3, 0}}},
             .down = OneWay{.loss = Bernoulli{2.0}, .jitter = Jitter{.mean = 2min}}};
    const auto found = validate(scenario);
    const auto error = Severity::error;
    EXPECT_TRUE(mentions(found, error, "faults[0].where", "only servers restart"));
    EXPECT_TRUE(mentions(found, error, "faults[0].grace", "is -1s"));
    EXPECT_TRUE(mentions(found, error, "fleets[0].health_check.timeout", "at most interval (1s)"));
    EXPECT_TRUE(mentions(found, error, "clients[0].access.queue_bytes", "is 100"));
    EXPECT_TRUE(mentions(found, error, "clients[0].access.up.loss.numbers[1]", "is 0"));
    EXPECT_TRUE(mentions(found, error, "clients[0].access.down.loss.loss", "is 2"));
    EXPECT_TRUE(mentions(found, error, "clients[0].access.down.jitter.mean", "is 2min"));
    scenario = sound();
    scenario.ip = IpVersion::ipv6;
    scenario.tcp = TcpFlavour::ns3;
    scenario.clients[0].access = TraceLink{.mtu = 1200};
    const auto large = validate(scenario);
    EXPECT_TRUE(mentions(large, error, "clients[0].access.mtu", "at least 1280"));
    EXPECT_TRUE(mentions(large, error, "clients[0].access.mtu", "must be 1500"));
    scenario = sound();
    scenario.fleets[0].servers_per_site = 1;
    scenario.fleets[0].health_check = HealthCheck{};
    EXPECT_TRUE(mentions(validate(scenario), Severity::warning, "fleets[0].health_check",
                         "changes nothing"));
}

TEST(Validate, RefusesDeploysThatCannotBeMeant) {
    const auto problems_of = [](const Deploy& deploy) {
        Scenario scenario = sound();
        scenario.faults = {deploy};
        return validate(scenario);
    };
    const auto error = Severity::error;
    EXPECT_EQ(problems_of({.fleet = "edge", .start = 1h}), std::vector<Problem>{});
    EXPECT_TRUE(mentions(problems_of({.fleet = "edge/ams", .start = 1h}), error, "faults[0].fleet",
                         "which is no fleet"));
    EXPECT_TRUE(mentions(problems_of({.fleet = "edge", .tls = ServerTls{.intermediates = 2}}),
                         error, "faults[0].tls", "must stay as they are"));
    EXPECT_TRUE(mentions(problems_of({.fleet = "edge", .tls = ServerTls{}, .memory = Fate::kept}),
                         error, "faults[0].memory", "the settings change"));
    const Tickets without_rotation{.lifetime = 6h};
    EXPECT_TRUE(mentions(problems_of({.fleet = "edge", .tickets = without_rotation}), error,
                         "faults[0].keys", "must be \"lost\""));
    EXPECT_EQ(problems_of({.fleet = "edge", .tickets = without_rotation, .keys = Fate::lost}),
              std::vector<Problem>{});
    EXPECT_TRUE(mentions(problems_of({.fleet = "edge", .memory = Fate::kept}), Severity::warning,
                         "faults[0]", "changes nothing"));
}

TEST(Validate, JudgesADeployByTheSettingsThatTheOneBeforeHasLeftAndRefusesOverlap) {
    Scenario scenario = sound();
    const Tickets without_rotation{.lifetime = 6h};
    const Deploy first{
        .fleet = "edge", .start = 1h, .tickets = without_rotation, .keys = Fate::lost};
    const Deploy second{.fleet = "edge", .start = 2h, .tickets = without_rotation};
    scenario.faults = {second, first};
    EXPECT_EQ(validate(scenario), std::vector<Problem>{});
    // Four servers, 30 s each: the last has its turn at 1 h 90 s.
    scenario.faults = {first, Deploy{.fleet = "edge", .start = 1h + 90s}};
    EXPECT_TRUE(mentions(validate(scenario), Severity::error, "faults[1].start",
                         "before faults[0] has done"));
}

TEST(Validate, JudgesAFlipByTheSettingsThatADeployHasLeft) {
    Scenario scenario = sound();
    const Tickets without_rotation{.lifetime = 6h};
    const Deploy deploy{
        .fleet = "edge", .start = 1h, .tickets = without_rotation, .keys = Fate::lost};
    PolicyFlip flip{.where = "edge", .start = 2h, .tickets = without_rotation};
    scenario.faults = {deploy, flip};
    EXPECT_EQ(validate(scenario), std::vector<Problem>{});
    flip.tickets = scenario.fleets[0].tickets;
    scenario.faults = {deploy, flip};
    const auto found = validate(scenario);
    ASSERT_EQ(found.size(), 1u);
    EXPECT_TRUE(mentions(found, Severity::error, "faults[1].tickets", "changes keys or rotation"));
}

TEST(Validate, RefusesFastOpenOverATcpThatHasNone) {
    Scenario scenario = sound();
    scenario.clients[0].tcp_fast_open = scenario.fleets[0].tcp_fast_open = true;
    EXPECT_EQ(validate(scenario), std::vector<Problem>{});
    scenario.tcp = TcpFlavour::ns3;
    const auto found = validate(scenario);
    EXPECT_TRUE(mentions(found, Severity::error, "clients[0].tcp_fast_open", "tcp is \"ns3\""));
    EXPECT_TRUE(mentions(found, Severity::error, "fleets[0].tcp_fast_open", "tcp is \"ns3\""));
}

TEST(Validate, WarnsOfAFastOpenThatNobodyGrants) {
    Scenario scenario = sound();
    scenario.clients[0].tcp_fast_open = true;
    EXPECT_TRUE(mentions(validate(scenario), Severity::warning, "clients[0].tcp_fast_open",
                         "grants no cookie"));
}

TEST(Validate, RefusesEmptyPopulationsFleetsAndSites) {
    Scenario scenario = sound();
    scenario.clients.clear();
    scenario.faults.clear();
    scenario.fleets[0].sites.clear();
    EXPECT_TRUE(mentions(validate(scenario), Severity::error, "clients", "is empty"));
    EXPECT_TRUE(mentions(validate(scenario), Severity::error, "fleets[0].sites", "is empty"));
    scenario.fleets.clear();
    EXPECT_TRUE(mentions(validate(scenario), Severity::error, "fleets", "exactly one"));
}

TEST(Validate, WarnsOfLifetimesThatCannotMatter) {
    Scenario scenario = sound();
    scenario.fleets[0].tickets.lifetime = 49h;
    EXPECT_TRUE(mentions(validate(scenario), Severity::warning, "fleets[0].tickets.lifetime",
                         "gone at the latest after 2d"));
    scenario.fleets[0].tickets.rotation.reset();
    scenario.fleets[0].tickets.lifetime = 96h;
    EXPECT_TRUE(mentions(validate(scenario), Severity::warning, "fleets[0].tickets.lifetime",
                         "longer than the run"));
}

TEST(Validate, RefusesMoreRecordedClientsThanThePopulationHas) {
    Scenario scenario = sound();
    scenario.clients[0].count = 1;
    scenario.clients[0].arrivals = Trace{.path = "", .sha256 = "", .visits = {{1s}, {2s}}};
    EXPECT_TRUE(mentions(validate(scenario), Severity::error, "clients[0].count", "2 clients"));
}

TEST(FindPlace, KnowsEveryPathAndNoOther) {
    const Scenario scenario = sound();
    EXPECT_EQ(find_place(scenario, "phones")->population, "phones");
    EXPECT_EQ(find_place(scenario, "edge")->fleet, "edge");
    EXPECT_EQ(find_place(scenario, "edge/iad")->site, "iad");
    EXPECT_EQ(find_place(scenario, "edge/iad/server-2")->server, 1);
    for (const char* wrong : {"", "phone", "edge/", "edge/fra", "edge/ams/server-0",
                              "edge/ams/server-3", "edge/ams/server-1x", "edge/ams/1",
                              "edge/ams/server-1/", "phones/ams", "edge/ams/server-1/x"}) {
        EXPECT_FALSE(find_place(scenario, wrong)) << wrong;
    }
}

TEST(Describe, WritesTimesAndRatesAsPeopleDo) {
    EXPECT_EQ(describe(Duration(36h)), "1d12h");
    EXPECT_EQ(describe(Duration(45ms)), "45ms");
    EXPECT_EQ(describe(Duration(1500us)), "1ms500us");
    EXPECT_EQ(describe(Duration(0s)), "0s");
    EXPECT_EQ(describe(BitRate{12'000'000}), "12Mbps");
    EXPECT_EQ(describe(BitRate{1'500'000}), "1500kbps");
}

}  // namespace
TEST(Alpn, NamesAreCheckedWhereverTheyStand) {
    Scenario scenario = sound();
    const ServerTls wrong{.alpn = {"h2", "h2", ""}};
    scenario.clients[0].tls.alpn = {std::string(256, 'x')};
    scenario.fleets[0].tls = wrong;
    const Deploy deploy{.fleet = scenario.fleets[0].name, .start = 1min, .tls = wrong};
    scenario.faults = {deploy, Periodic{.fault = deploy, .every = 10min}};
    const auto found = validate(scenario);
    EXPECT_TRUE(mentions(found, Severity::error, "clients[0].tls.alpn[0]", "256 bytes"));
    for (const std::string at : {"fleets[0].tls", "faults[0].tls", "faults[1].fault.tls"}) {
        EXPECT_TRUE(mentions(found, Severity::error, at + ".alpn[1]", "twice")) << at;
        EXPECT_TRUE(mentions(found, Severity::error, at + ".alpn[2]", "1 to 255")) << at;
    }
}

TEST(Validate, ARevocationNeedsLookupsThatAPolicySeesWhateverIsDeployed) {
    Scenario scenario = sound();
    scenario.faults[0] = Revocation{.where = "edge", .start = 1h};
    EXPECT_FALSE(mentions(validate(scenario), Severity::error, "faults[0]", "cannot be kept"));
    scenario.faults.push_back(
        PolicyFlip{.where = "edge", .start = 2h, .tls = ServerTls{.session_ticket = false}});
    EXPECT_TRUE(mentions(validate(scenario), Severity::error, "faults[0]",
                         "cannot be kept: by faults[1].tls"));
}

TEST(Validate, AnActiveQueueWhereALinkMovesIsNamedByItsDirection) {
    Scenario scenario = sound();
    scenario.clients[0].access = Link{.rate = BitRate{12'000'000}, .up = OneWay{.queue = CoDel{}}};
    scenario.clients[0].handovers = {Handover{.at = {1h}}};
    const auto problems = validate(scenario);
    EXPECT_TRUE(mentions(problems, Severity::error, "clients[0].access.up.queue", "CoDel"));
    EXPECT_FALSE(mentions(problems, Severity::error, "clients[0].access.queue", "CoDel"));
}

}  // namespace reshake
