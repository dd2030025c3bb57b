#include "models/external_psk.h"

#include <algorithm>
#include <utility>

#include "sim/base/check.h"

namespace reshake {

ExternalPsks::ExternalPsks(Random root, std::vector<std::string> populations)
    : root_(std::move(root)), populations_(std::move(populations)) {}

ExternalPsk ExternalPsks::made(std::string identity) const {
    ExternalPsk psk{.identity = std::move(identity)};
    root_.stream(psk.identity).fill(psk.key);
    return psk;
}

ExternalPsk ExternalPsks::of(std::string_view population, std::uint32_t client) const {
    RESHAKE_CHECK(std::ranges::find(populations_, population) != populations_.end());
    return made(std::string(population) + "/" + std::to_string(client));
}

std::optional<ExternalPsk> ExternalPsks::find(std::string_view identity) const {
    const std::size_t slash = identity.find('/');
    if (slash == std::string_view::npos) return std::nullopt;
    const std::string_view population = identity.substr(0, slash);
    if (std::ranges::find(populations_, population) == populations_.end()) return std::nullopt;
    return made(std::string(identity));
}

}  // namespace reshake
