#include "sim/chaos/places.h"

#include "sim/base/check.h"

namespace reshake::chaos {

void Places::add_population(const std::string& name, net::PlaceId place) {
    by_path_[name].push_back(place);
}

void Places::add_site(const std::string& fleet, const std::string& site, net::PlaceId place) {
    by_path_[fleet + "/" + site].push_back(place);
    by_path_[fleet].push_back(place);
}

void Places::add_server(const std::string& fleet, const std::string& site, net::PlaceId place) {
    const std::string path = fleet + "/" + site;
    by_path_[path + "/server-" + std::to_string(++servers_[path])].push_back(place);
}

const std::vector<net::PlaceId>& Places::of(const std::string& path) const {
    const auto found = by_path_.find(path);
    RESHAKE_CHECK(found != by_path_.end());  // `validate` has refused paths that name nothing.
    return found->second;
}

}  // namespace reshake::chaos
