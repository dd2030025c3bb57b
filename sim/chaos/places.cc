#include "sim/chaos/places.h"

#include <algorithm>
#include <utility>

#include "sim/base/check.h"

namespace reshake::chaos {

std::vector<ServerIndex> servers_of(const Fleet& fleet, const PlacePath& place) {
    std::vector<ServerIndex> servers;
    if (place.cache || place.keys) return servers;
    for (std::size_t site = 0; site < fleet.sites.size(); ++site) {
        if (!place.site.empty() && fleet.sites[site].name != place.site) continue;
        for (std::uint32_t server = 0; server < fleet.servers_per_site; ++server) {
            if (place.server >= 0 && std::cmp_not_equal(place.server, server)) continue;
            servers.push_back({site, server});
        }
    }
    return servers;
}

void Places::add_population(const std::string& name, net::PlaceId place) {
    by_path_[name].push_back(place);
}

void Places::add_site(const std::string& fleet, const std::string& site, net::PlaceId place) {
    by_path_[fleet + "/" + site].push_back(place);
    by_path_[fleet].push_back(place);
}

void Places::add_coordinator(const std::string& fleet, net::PlaceId place) {
    by_path_[fleet + "/keys"].push_back(place);
}

void Places::add_server(const std::string& fleet, const std::string& site, net::PlaceId place) {
    const std::string path = fleet + "/" + site;
    by_path_[path + "/server-" + std::to_string(++servers_[path])].push_back(place);
}

void Places::add(const std::string& path, net::PlaceId place) { by_path_[path].push_back(place); }

const std::vector<net::PlaceId>& Places::of(const std::string& path) const {
    const auto found = by_path_.find(path);
    RESHAKE_CHECK(found != by_path_.end());  // `validate` has refused paths that name nothing.
    return found->second;
}

std::string Places::path_of(net::PlaceId place) const {
    std::string longest;
    for (const auto& [path, places] : by_path_) {
        if (path.size() > longest.size() && std::ranges::find(places, place) != places.end()) {
            longest = path;
        }
    }
    return longest;
}

}  // namespace reshake::chaos
