#include <algorithm>
#include <string>
#include <vector>

#include "models/check_session_cache.h"
#include "models/describe.h"
#include "models/findings.h"
#include "models/scenario.h"
#include "models/server_settings.h"

namespace reshake {
namespace {

bool uses_once(const ServerTls& tls) noexcept {
    return tls.max_early_data > 0 && tls.anti_replay == AntiReplay::single_use;
}

}  // namespace

bool by_reference(const ServerTls& tls) noexcept { return !tls.session_ticket || uses_once(tls); }

namespace {

void check_patience(const Scenario& scenario, const SessionCache& cache, const std::string& path,
                    Findings& out) {
    const auto way = [&](const std::optional<OneWay>& own) {
        return own ? own->delay.value_or(cache.link.delay) : cache.link.delay;
    };
    const Duration round_trip = way(cache.link.up) + way(cache.link.down) + cache.service_time;
    if (cache.lookup_timeout <= round_trip) {
        out.warning(
            path + ".lookup_timeout",
            "is " + describe(cache.lookup_timeout) + ", but an answer takes at least " +
                describe(round_trip) +
                " (the link's delays and service_time): every lookup ends as cache_timeout");
    }
    const Duration longest = cache.lookup_timeout * std::int64_t{cache.replicas};
    for (const Clients& clients : scenario.clients) {
        if (longest < clients.attempt_timeout) continue;
        out.warning(path + ".lookup_timeout",
                    "is " + describe(cache.lookup_timeout) + " for each of " +
                        std::to_string(cache.replicas) +
                        " replicas, and the attempt_timeout of \"" + clients.name + "\" is " +
                        describe(clients.attempt_timeout) +
                        ": when the cache is gone, its clients give up before the servers do");
    }
}

bool is_cache(const Scenario& scenario, const std::string& path) {
    const auto place = find_place(scenario, path);
    return place && place->cache;
}

void check_groups(const Scenario& scenario, const auto& fault, const std::string& path,
                  Findings& out) {
    const auto of_clients = [&](const std::string& group) {
        const auto place = find_place(scenario, group);
        return place && !place->population.empty();
    };
    const auto& [a, b] = fault.between;
    if ((is_cache(scenario, a) && of_clients(b)) || (is_cache(scenario, b) && of_clients(a))) {
        out.error(path + ".between",
                  "names a session cache and clients, between which nothing passes anyway");
    }
}

}  // namespace

void check_cache_fault(const Scenario& scenario, const Partition& fault, const std::string& path,
                       Findings& out) {
    check_groups(scenario, fault, path, out);
}

void check_cache_fault(const Scenario& scenario, const GreyFailure& fault, const std::string& path,
                       Findings& out) {
    check_groups(scenario, fault, path, out);
}

void check_cache_fault(const Scenario& scenario, const Restart& fault, const std::string& path,
                       Findings& out) {
    if (fault.keys == Fate::lost && is_cache(scenario, fault.where)) {
        out.error(path + ".keys",
                  R"(is "lost", but ")" + fault.where +
                      R"(" is a session cache, which has no ticket keys; must be "kept")");
    }
}

void check_cache_fault(const Scenario& scenario, const Drain& fault, const std::string& path,
                       Findings& out) {
    if (!is_cache(scenario, fault.where)) return;
    out.error(path + ".where",
              "is \"" + fault.where + "\", which is a session cache; only servers drain");
}

void check_cache_fault(const Scenario& scenario, const ClockSkew& fault, const std::string& path,
                       Findings& out) {
    if (!is_cache(scenario, fault.where)) return;
    out.error(path + ".where",
              "is \"" + fault.where + "\", which is a session cache, whose clock nothing reads");
}

void check_sessions(const Fleet& fleet, const std::string& path, Findings& out) {
    if (!by_reference(fleet.tls)) return;
    const std::string why =
        fleet.tls.session_ticket
            ? "tls.max_early_data with anti_replay \"single-use\" makes "
              "OpenSSL keep sessions in each server's memory"
            : "without tls.session_ticket sessions live in each server's memory";
    if (fleet.tickets.max_chain_age &&
        !(fleet.session_cache && fleet.session_cache->check_policy)) {
        out.error(path + ".tickets.max_chain_age",
                  "cannot be kept: " + why + ", whose lookups no policy sees");
    }
    if (!fleet.tickets.renew) {
        out.error(path + ".tickets.renew",
                  "is false, but " + why + ", and OpenSSL then always sends a new ticket");
    }
    if (fleet.servers_per_site * fleet.sites.size() > 1 && !fleet.session_cache) {
        out.warning(path + ".tls", why + ": a client that reaches another server does not resume");
    }
}

void check_session_cache(const Scenario& scenario, const Fleet& fleet, const std::string& path,
                         Findings& out) {
    if (!fleet.session_cache) return;
    const SessionCache& cache = *fleet.session_cache;
    const std::string own = path + ".session_cache";
    for (std::size_t i = 0; i < fleet.sites.size(); ++i) {
        if (fleet.sites[i].name != "cache") continue;
        out.error(at(path + ".sites", i) + ".name",
                  "is \"cache\", which is the place of the session cache in paths");
    }
    std::vector<DeclaredTls> all = declared_tls(scenario);
    std::erase_if(all, [&](const DeclaredTls& each) { return each.fleet != fleet.name; });
    if (cache.replicas > 1 &&
        std::ranges::any_of(all, [](const DeclaredTls& each) { return uses_once(each.tls); })) {
        out.error(own + ".replicas",
                  "is " + std::to_string(cache.replicas) +
                      ", but with tls.max_early_data and anti_replay \"single-use\" a session is "
                      "used up where it is found, and another replica would still have it; must "
                      "be 1");
    }
    if (std::ranges::none_of(all, [](const DeclaredTls& each) { return by_reference(each.tls); })) {
        out.warning(own,
                    "is never asked: tls.session_ticket is true, so that tickets hold the "
                    "sessions");
    }
    if (cache.ttl && *cache.ttl > fleet.tickets.lifetime) {
        out.warning(own + ".ttl", "is " + describe(*cache.ttl) +
                                      ", longer than tickets.lifetime (" +
                                      describe(fleet.tickets.lifetime) + "): it changes nothing");
    }
    check_patience(scenario, cache, own, out);
}

}  // namespace reshake
