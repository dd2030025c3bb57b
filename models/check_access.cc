#include "models/check_access.h"

#include <cstddef>
#include <cstdint>
#include <string>
#include <variant>

#include "models/describe.h"

namespace reshake {
namespace {

template <typename Chain>
void check_chain(const Chain& chain, const std::string& path, Findings& out) {
    if (chain.loss_good > chain.mean_loss || chain.mean_loss > chain.loss_bad) {
        out.error(path + ".mean_loss", "is " + describe(chain.mean_loss) +
                                           ", must lie between loss_good (" +
                                           describe(chain.loss_good) + ") and loss_bad (" +
                                           describe(chain.loss_bad) + ")");
    }
}

void check_loss(const Loss& loss, const std::string& path, Findings& out) {
    if (const auto* chain = std::get_if<GilbertElliott>(&loss)) {
        check_chain(*chain, path, out);
        const double bad = bad_share(chain->mean_loss, chain->loss_good, chain->loss_bad);
        if (bad < 1.0 && bad / (1.0 - bad) > chain->mean_burst) {
            out.error(path + ".mean_burst",
                      "is " + describe(chain->mean_burst) +
                          " packets, too short for so much loss; must be at least " +
                          describe(bad / (1.0 - bad)));
        }
    } else if (const auto* timed = std::get_if<GilbertElliottInTime>(&loss)) {
        check_chain(*timed, path, out);
    } else if (const auto* script = std::get_if<DropPackets>(&loss)) {
        for (std::size_t i = 0; i < script->numbers.size(); ++i) {
            if (script->numbers[i] > 0) continue;
            out.error(at(path + ".numbers", i), "is 0, must be at least 1: the first packet is 1");
        }
    }
}

void check_mtu(const Scenario& scenario, std::uint32_t mtu, const std::string& path,
               Findings& out) {
    constexpr std::uint32_t least_ipv6 = 1280;  // RFC 8200 section 5.
    if (scenario.ip == IpVersion::ipv6 && mtu < least_ipv6) {
        out.error(path, "is " + std::to_string(mtu) + ", must be at least 1280 with ip \"ipv6\"");
    }
    if (scenario.tcp == TcpFlavour::ns3 && mtu < 1500) {
        out.error(path, "is " + std::to_string(mtu) +
                            ", but tcp is \"ns3\", which cannot tell its peer; must be 1500");
    }
}

void check_access(const Scenario& scenario, const Access& access, const std::string& path,
                  Findings& out) {
    std::visit(
        [&](const auto& link) {
            check_loss(link.loss, path + ".loss", out);
            check_mtu(scenario, link.mtu, path + ".mtu", out);
        },
        access);
    const auto* link = std::get_if<Link>(&access);
    if (link == nullptr) return;
    if (link->up) check_loss(link->up->loss, path + ".up.loss", out);
    if (link->down) check_loss(link->down->loss, path + ".down.loss", out);
}

}  // namespace

void check_accesses(const Scenario& scenario, Findings& out) {
    for (std::size_t i = 0; i < scenario.clients.size(); ++i) {
        check_access(scenario, scenario.clients[i].access, at("clients", i) + ".access", out);
    }
    for (std::size_t i = 0; i < scenario.fleets.size(); ++i) {
        const auto& cache = scenario.fleets[i].session_cache;
        if (!cache) continue;
        check_access(scenario, cache->link, at("fleets", i) + ".session_cache.link", out);
    }
}

}  // namespace reshake
