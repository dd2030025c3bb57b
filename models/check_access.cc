#include "models/check_access.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <type_traits>
#include <variant>

#include "models/check_behaviour.h"
#include "models/check_middleboxes.h"
#include "models/check_radio_cell.h"
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

/// Where nothing takes time on the line nothing waits for it.
void check_queue(const Link& link, const std::string& path, Findings& out) {
    const auto check = [&](bool active, bool rated, const std::string& of) {
        if (!active || rated) return;
        out.warning(of + ".queue", "changes nothing: without a rate no packet waits");
    };
    const auto own_rate = [](const std::optional<OneWay>& own) { return own && own->rate; };
    const bool any_rate = link.rate || own_rate(link.up) || own_rate(link.down);
    check(is_active(link.queue), any_rate, path);
    const bool up = link.up && is_active(link.up->queue);
    const bool down = link.down && is_active(link.down->queue);
    check(up, link.rate || own_rate(link.up), path + ".up");
    check(down, link.rate || own_rate(link.down), path + ".down");
}

void check_no_rate(const std::optional<OneWay>& own, const std::string& path, Findings& out) {
    if (!own || !own->rate) return;
    out.error(path, "is " + describe(*own->rate) +
                        ", but what a TraceLink carries is in its recordings; must be None");
}

/// A radio that wakes holds packets back, and a handover moves them: no queue sees that.
template <typename AnyLink>
void check_stays(const AnyLink& link, bool travels, const std::string& path, Findings& out) {
    if (!travels && !link.radio) return;
    const auto check = [&](bool active, const std::string& of) {
        if (!active) return;
        out.error(of + ".queue",
                  "is CoDel or FqCoDel, which needs a link that stays as it is; must be None where "
                  "there is a radio, a handover or a day of phases");
    };
    check(is_active(link.queue), path);
    check(link.up && is_active(link.up->queue), path + ".up");
    check(link.down && is_active(link.down->queue), path + ".down");
}

void check_link(const Scenario& scenario, const TraceLink& link, const std::string& path,
                Findings& out) {
    check_loss(link.loss, path + ".loss", out);
    check_mtu(scenario, link.mtu, path + ".mtu", out);
    if (link.up) check_loss(link.up->loss, path + ".up.loss", out);
    if (link.down) check_loss(link.down->loss, path + ".down.loss", out);
    check_no_rate(link.up, path + ".up.rate", out);
    check_no_rate(link.down, path + ".down.rate", out);
}

void check_link(const Scenario& scenario, const Link& link, const std::string& path,
                Findings& out) {
    check_loss(link.loss, path + ".loss", out);
    check_mtu(scenario, link.mtu, path + ".mtu", out);
    if (link.up) check_loss(link.up->loss, path + ".up.loss", out);
    if (link.down) check_loss(link.down->loss, path + ".down.loss", out);
    check_queue(link, path, out);
}

void check_link(const Scenario& scenario, const Access& access, const std::string& path,
                Findings& out) {
    std::visit([&](const auto& link) { check_link(scenario, link, path, out); }, access);
}

void check_link(const Scenario& scenario, const Phases& day, const std::string& path,
                Findings& out) {
    if (day.phases.empty()) out.error(path + ".phases", "is empty, must hold at least one phase");
    Duration last{-1};
    for (std::size_t i = 0; i < day.phases.size(); ++i) {
        const DayPhase& phase = day.phases[i];
        const std::string own = at(path + ".phases", i);
        check_link(scenario, phase.access, own + ".access", out);
        if (phase.start >= day.every) {
            out.error(own + ".start", "is " + describe(phase.start) + ", must be below every (" +
                                          describe(day.every) + ")");
        } else if (phase.start <= last) {
            out.error(own + ".start", "is " + describe(phase.start) +
                                          ", must be later than the phase before (" +
                                          describe(last) + ")");
        }
        last = phase.start;
    }
    if (day.shift) check_law(*day.shift, path + ".shift", out);
}

/// What is within it; of a cell, what is between it and its population is `check_radio_cell`'s.
void check_client_access(const Scenario& scenario, const ClientAccess& access,
                         const std::string& path, Findings& out) {
    std::visit(
        [&]<typename Held>(const Held& held) {
            if constexpr (!std::is_same_v<Held, Wifi> && !std::is_same_v<Held, Lte>) {
                check_link(scenario, held, path, out);
            }
        },
        access);
}

void check_handover(const Scenario& scenario, const Handover& handover, const std::string& path,
                    Findings& out) {
    if (!handover.gap && handover.at.empty()) {
        out.error(path + ".gap", "is not set, and at is empty: there must be one or the other");
    }
    if (handover.gap) check_law(*handover.gap, path + ".gap", out);
    for (std::size_t i = 1; i < handover.at.size(); ++i) {
        if (handover.at[i] > handover.at[i - 1]) continue;
        out.error(at(path + ".at", i), "is " + describe(handover.at[i]) +
                                           ", must be later than the one before (" +
                                           describe(handover.at[i - 1]) + ")");
    }
    for (std::size_t i = 0; i < handover.to.size(); ++i) {
        check_link(scenario, handover.to[i], at(path + ".to", i), out);
    }
}

void check_queues(const Clients& clients, const std::string& path, Findings& out) {
    const bool moves = !clients.handovers.empty();
    const auto check = [&](const Access& access, bool travels, const std::string& of) {
        std::visit([&](const auto& link) { check_stays(link, travels, of, out); }, access);
    };
    if (const auto* day = std::get_if<Phases>(&clients.access)) {
        for (std::size_t i = 0; i < day->phases.size(); ++i) {
            check(day->phases[i].access, true, at(path + ".access.phases", i) + ".access");
        }
    } else if (const auto* link = std::get_if<Link>(&clients.access)) {
        check_stays(*link, moves, path + ".access", out);
    } else if (const auto* trace = std::get_if<TraceLink>(&clients.access)) {
        check_stays(*trace, moves, path + ".access", out);
    }
    for (std::size_t i = 0; i < clients.handovers.size(); ++i) {
        const auto& cells = clients.handovers[i].to;
        for (std::size_t k = 0; k < cells.size(); ++k) {
            check(cells[k], true, at(at(path + ".handovers", i) + ".to", k));
        }
    }
}

}  // namespace

void check_accesses(const Scenario& scenario, Findings& out) {
    for (std::size_t i = 0; i < scenario.clients.size(); ++i) {
        const Clients& clients = scenario.clients[i];
        const std::string path = at("clients", i);
        check_client_access(scenario, clients.access, path + ".access", out);
        check_radio_cell(clients, path, out);
        for (std::size_t k = 0; k < clients.handovers.size(); ++k) {
            check_handover(scenario, clients.handovers[k], at(path + ".handovers", k), out);
        }
        check_queues(clients, path, out);
        check_middleboxes(clients, path, out);
    }
    check_one_lte(scenario, out);
    const auto check_service = [&](const Link& link, const std::string& path) {
        check_link(scenario, link, path, out);
        if (link.radio) out.error(path + ".radio", "is set, but a fleet's machines have no radio");
    };
    for (std::size_t i = 0; i < scenario.fleets.size(); ++i) {
        const Fleet& fleet = scenario.fleets[i];
        const std::string path = at("fleets", i);
        if (fleet.session_cache) {
            check_service(fleet.session_cache->link, path + ".session_cache.link");
        }
        const auto* keys = std::get_if<KeyCoordinator>(&fleet.tickets.distribution);
        if (keys != nullptr) check_service(keys->link, path + ".tickets.distribution.link");
    }
}

}  // namespace reshake
