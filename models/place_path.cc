#include <algorithm>
#include <charconv>
#include <optional>
#include <string>
#include <string_view>

#include "models/scenario.h"

namespace reshake {
namespace {

/// Of "server-3" after "server-": 2, counted from 0; nothing unless it is one of `count`.
std::optional<int> numbered(std::string_view text, std::string_view prefix, std::uint32_t count) {
    if (!text.starts_with(prefix)) return std::nullopt;
    text.remove_prefix(prefix.size());
    std::uint32_t number = 0;
    const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), number);
    const bool whole = failed == std::errc{} && end == text.data() + text.size();
    if (!whole || number < 1 || number > count) return std::nullopt;
    return static_cast<int>(number) - 1;
}

std::string first_part(std::string_view& rest) {
    const std::size_t slash = std::min(rest.find('/'), rest.size());
    const std::string part(rest.substr(0, slash));
    rest.remove_prefix(std::min(slash + 1, rest.size()));
    return part;
}

/// "cache" and "cache/replica-1", of the fleet or, if there is one per site, of the site before it.
std::optional<PlacePath> find_cache(const Fleet& fleet, std::string_view rest) {
    if (!fleet.session_cache) return std::nullopt;
    PlacePath place{.fleet = fleet.name, .cache = true};
    std::string part = first_part(rest);
    if (part != "cache" && fleet.session_cache->scope == CacheScope::per_site) {
        if (std::ranges::find(fleet.sites, part, &Site::name) == fleet.sites.end()) {
            return std::nullopt;
        }
        place.site = std::move(part);
        part = first_part(rest);
    }
    if (part != "cache") return std::nullopt;
    if (rest.empty()) return place;
    const auto replica = numbered(rest, "replica-", fleet.session_cache->replicas);
    if (!replica) return std::nullopt;
    place.replica = *replica;
    return place;
}

}  // namespace

std::optional<PlacePath> find_place(const Scenario& scenario, std::string_view path) {
    for (const Clients& clients : scenario.clients) {
        if (clients.name == path) return PlacePath{.population = clients.name};
    }
    std::string_view rest = path;
    const auto count = std::ranges::count(path, '/');
    if (path.ends_with('/')) return std::nullopt;
    PlacePath place{.fleet = first_part(rest)};
    const auto fleet = std::ranges::find(scenario.fleets, place.fleet, &Fleet::name);
    if (fleet == scenario.fleets.end()) return std::nullopt;
    if (count == 0) return place;
    if (auto cache = find_cache(*fleet, rest)) return cache;
    if (count > 2) return std::nullopt;
    place.site = first_part(rest);
    if (count == 1 && place.site == "keys" && has_coordinator(fleet->tickets)) {
        return PlacePath{.fleet = place.fleet, .keys = true};
    }
    if (std::ranges::find(fleet->sites, place.site, &Site::name) == fleet->sites.end()) {
        return std::nullopt;
    }
    if (count == 1) return place;
    const auto server = numbered(rest, "server-", fleet->servers_per_site);
    if (!server) return std::nullopt;
    place.server = *server;
    return place;
}

}  // namespace reshake
