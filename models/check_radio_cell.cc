#include "models/check_radio_cell.h"

#include <cstddef>
#include <string>
#include <variant>

#include "models/describe.h"

namespace reshake {
namespace {

template <typename Cell>
void check(const Cell& cell, const Clients& clients, const std::string& path, Findings& out) {
    const std::string access = path + ".access";
    const std::string name(Cell::type_name);
    if (clients.count + cell.neighbours > most_stations<Cell>) {
        out.error(path + ".count", "is " + describe(clients.count) + " beside " +
                                       describe(cell.neighbours) + " neighbours, but " + name +
                                       " takes at most " + describe(most_stations<Cell>) +
                                       " stations in all");
    }
    if (cell.farthest && *cell.farthest <= cell.distance) {
        out.error(access + ".farthest", "is " + describe(*cell.farthest) +
                                            ", must be above distance (" + describe(cell.distance) +
                                            ")");
    }
    if (cell.farthest && cell.speed == 0.0) {
        out.warning(access + ".farthest", "changes nothing: with a speed of 0 nobody gets there");
    }
    if (!clients.handovers.empty()) {
        out.error(path + ".handovers", "is not empty, but access is " + name +
                                           ", which is one cell that nobody leaves; must be empty");
    }
}

}  // namespace

void check_radio_cell(const Clients& clients, const std::string& path, Findings& out) {
    if (const auto* wifi = std::get_if<Wifi>(&clients.access)) check(*wifi, clients, path, out);
    if (const auto* lte = std::get_if<Lte>(&clients.access)) check(*lte, clients, path, out);
}

void check_one_lte(const Scenario& scenario, Findings& out) {
    const Clients* first = nullptr;
    for (std::size_t i = 0; i < scenario.clients.size(); ++i) {
        const Clients& clients = scenario.clients[i];
        if (!std::holds_alternative<Lte>(clients.access)) continue;
        if (first != nullptr) {
            out.error(at("clients", i) + ".access",
                      "is Lte, as that of \"" + first->name + "\" is; a run has one cell of it");
        } else {
            first = &clients;
        }
    }
}

}  // namespace reshake
