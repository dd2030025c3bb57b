#include "models/check_middleboxes.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <variant>

namespace reshake {
namespace {

/// Of any link that a client may have.
std::uint32_t largest_mtu(const Clients& clients) {
    std::uint32_t largest = 0;
    const auto add = [&](const Access& access) {
        std::visit([&](const auto& link) { largest = std::max(largest, link.mtu); }, access);
    };
    if (const auto* day = std::get_if<Phases>(&clients.access)) {
        for (const DayPhase& phase : day->phases) add(phase.access);
    } else if (const auto* link = std::get_if<Link>(&clients.access)) {
        largest = link->mtu;
    } else if (const auto* trace = std::get_if<TraceLink>(&clients.access)) {
        largest = trace->mtu;
    } else {
        largest = cell_mtu;
    }
    for (const Handover& handover : clients.handovers) std::ranges::for_each(handover.to, add);
    return largest;
}

void check_box(const Nat&, const Clients&, const std::string&, Findings&) {}

void check_box(const Firewall& box, const Clients&, const std::string& path, Findings& out) {
    if (box.drop_udp || box.tcp_idle_timeout) return;
    out.warning(path, "changes nothing: drop_udp is false, and there is no tcp_idle_timeout");
}

void check_box(const BlackHole& box, const Clients& clients, const std::string& path,
               Findings& out) {
    const std::uint32_t mtu = largest_mtu(clients);
    if (box.larger_than < mtu) return;
    out.warning(path + ".larger_than", "is " + std::to_string(box.larger_than) +
                                           ", but no packet is larger than the access's mtu (" +
                                           std::to_string(mtu) + "): it changes nothing");
}

void check_box(const ResetInjection& box, const Clients&, const std::string& path, Findings& out) {
    if (box.probability > 0.0) return;
    out.warning(path + ".probability", "is 0: it changes nothing");
}

}  // namespace

void check_middleboxes(const Clients& clients, const std::string& of_clients, Findings& out) {
    const std::string path = of_clients + ".middleboxes";
    const bool nat = std::ranges::any_of(
        clients.middleboxes, [](const Middlebox& box) { return std::holds_alternative<Nat>(box); });
    for (std::size_t i = 0; i < clients.handovers.size(); ++i) {
        if (nat || !clients.handovers[i].nat_rebinding) continue;
        out.warning(at(of_clients + ".handovers", i) + ".nat_rebinding",
                    "is true, but there is no Nat in middleboxes: it changes nothing");
    }
    for (std::size_t i = 0; i < clients.middleboxes.size(); ++i) {
        std::visit([&](const auto& box) { check_box(box, clients, at(path, i), out); },
                   clients.middleboxes[i]);
    }
}

}  // namespace reshake
