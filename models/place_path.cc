#include <algorithm>
#include <charconv>
#include <optional>
#include <string>
#include <string_view>

#include "models/scenario.h"

namespace reshake {

std::optional<PlacePath> find_place(const Scenario& scenario, std::string_view path) {
    for (const Clients& clients : scenario.clients) {
        if (clients.name == path) return PlacePath{.population = clients.name};
    }
    const auto part_of = [&](std::string_view& rest) {
        const std::size_t slash = std::min(rest.find('/'), rest.size());
        const std::string part(rest.substr(0, slash));
        rest.remove_prefix(std::min(slash + 1, rest.size()));
        return part;
    };
    std::string_view rest = path;
    const auto count = std::ranges::count(path, '/');
    if (count > 2 || path.ends_with('/')) return std::nullopt;
    PlacePath place{.fleet = part_of(rest)};
    const auto fleet = std::ranges::find(scenario.fleets, place.fleet, &Fleet::name);
    if (fleet == scenario.fleets.end()) return std::nullopt;
    if (count == 0) return place;
    place.site = part_of(rest);
    if (count == 1 && place.site == "keys" && has_coordinator(fleet->tickets)) {
        return PlacePath{.fleet = place.fleet, .keys = true};
    }
    if (std::ranges::find(fleet->sites, place.site, &Site::name) == fleet->sites.end()) {
        return std::nullopt;
    }
    if (count == 1) return place;
    constexpr std::string_view prefix = "server-";
    if (!rest.starts_with(prefix)) return std::nullopt;
    rest.remove_prefix(prefix.size());
    std::uint32_t number = 0;
    const auto [end, failed] = std::from_chars(rest.data(), rest.data() + rest.size(), number);
    const bool whole = failed == std::errc{} && end == rest.data() + rest.size();
    if (!whole || number < 1 || number > fleet->servers_per_site) return std::nullopt;
    place.server = static_cast<int>(number) - 1;
    return place;
}

}  // namespace reshake
