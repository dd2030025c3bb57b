// The places of a world by the paths that faults use.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "models/scenario.h"
#include "sim/chaos/operator.h"
#include "sim/net/network.h"

namespace reshake::chaos {

/// Filled while the world is built; a group is the set of its innermost places.
/// The servers of a fleet, a site, or one; site by site.
[[nodiscard]] std::vector<ServerIndex> servers_of(const Fleet& fleet, const PlacePath& place);

class Places {
public:
    void add_population(const std::string& name, net::PlaceId place);
    void add_site(const std::string& fleet, const std::string& site, net::PlaceId place);
    /// The fleet's key coordinator.
    void add_coordinator(const std::string& fleet, net::PlaceId place);
    void add_server(const std::string& fleet, const std::string& site, net::PlaceId place);

    /// Anything else that a path names, together with what it names already.
    void add(const std::string& path, net::PlaceId place);

    /// The places to separate when a fault names `path`. A site stands for its servers, and a fleet
    /// for its sites, so each comes back as one place a gate can close on.
    [[nodiscard]] const std::vector<net::PlaceId>& of(const std::string& path) const;
    /// The longest path that names `place`.
    [[nodiscard]] std::string path_of(net::PlaceId place) const;

private:
    std::map<std::string, std::vector<net::PlaceId>> by_path_;
    std::map<std::string, int> servers_;  ///< Of each site so far.
};

}  // namespace reshake::chaos
