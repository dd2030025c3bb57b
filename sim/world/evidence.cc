#include "sim/world/evidence.h"

#include <array>
#include <string_view>
#include <utility>
#include <vector>

namespace reshake::world {
namespace {

using history::Detail;
using net::PacketView;
using net::Sighting;

std::string flags_of(const PacketView& view) {
    constexpr std::array<std::pair<std::uint8_t, std::string_view>, 4> names{
        {{PacketView::syn, "SYN"},
         {PacketView::fin, "FIN"},
         {PacketView::rst, "RST"},
         {PacketView::ack, "ACK"}}};
    std::string text;
    for (const auto& [flag, name] : names) {
        if (!view.has(flag)) continue;
        if (!text.empty()) text += '-';
        text += name;
    }
    return text;
}

/// How far `to` lies behind `from`; negative: before it (RFC 9293 section 3.4).
std::int32_t distance(std::uint32_t from, std::uint32_t to) noexcept {
    return static_cast<std::int32_t>(to - from);
}

}  // namespace

void Evidence::begin(const net::Simulation& simulation, const Scenario& scenario,
                     const chaos::Places& places) {
    simulation_ = &simulation;
    scenario_ = &scenario;
    places_ = &places;
    const bool of_all = wishes_.key_log && (!wishes_.attempt || wishes_.everything);
    if (!of_all) return;
    const host::DiaryReaders readers{.key_log = &key_log_};
    of_all_ = std::make_unique<host::Diary>(host::Page(simulation, readers, ""),
                                            host::Page(simulation, {}, ""));
}

host::Diary* Evidence::begins(const history::Attempt& row, net::MachineId machine) {
    if (machine_ == machine) machine_.reset();
    const AttemptName name{row.population, row.client, row.visit, row.connection, row.attempt};
    if (wishes_.attempt != name) return of_all_.get();
    machine_ = machine;
    const Fleet& fleet = scenario_->fleets.front();
    const std::string server =
        fleet.name + "/" + fleet.sites[row.site].name + "/server-" + std::to_string(row.server);
    history::Trace* const trace = wishes_.trace ? &trace_ : nullptr;
    std::string* const key_log = wishes_.key_log ? &key_log_ : nullptr;
    of_attempt_ = std::make_unique<host::Diary>(
        host::Page(*simulation_, {trace, key_log}, client_path(row.population, row.client)),
        host::Page(*simulation_, {trace, nullptr}, server));
    return of_attempt_.get();
}

void Evidence::on_packet(Sighting sighting, const net::Vantage& at,
                         std::span<const std::byte> packet) {
    if (over_) return;
    const std::optional<PacketView> view = net::view_of(packet);
    const bool asked_for = view && view->is_tcp && follow(sighting, at, *view);
    if (asked_for && wishes_.trace) trace(sighting, *view);
    const bool here = sighting == Sighting::sent || sighting == Sighting::received ||
                      sighting == Sighting::corrupted;
    if (!wishes_.packets || !here) return;
    if (wishes_.attempt && !wishes_.everything && !asked_for) return;
    captures_[path_of(at)].add(simulation_->now(), packet);
}

bool Evidence::follow(Sighting sighting, const net::Vantage& at, const PacketView& view) {
    const bool opens = sighting == Sighting::sent && at.subscriber != 0 &&
                       view.has(PacketView::syn) && !view.has(PacketView::ack);
    if (opens && machine_ == at.machine) client_end_ = view.source;
    // A port of before is somebody else's now.
    if (opens && machine_ != at.machine && client_end_ == view.source) client_end_.reset();
    return client_end_ && (view.source == *client_end_ || view.destination == *client_end_);
}

void Evidence::trace(Sighting sighting, const PacketView& view) {
    const bool of_client = view.source == *client_end_;
    Direction& direction = of_client ? from_client_ : from_server_;
    Direction& opposite = of_client ? from_server_ : from_client_;
    if (!direction.begun) {
        direction = {.begin = view.sequence, .end = view.sequence, .begun = true};
    }
    const std::uint32_t end = view.sequence + view.length();
    std::vector<Detail> details{
        {"flags", flags_of(view)},
        {"sequence", std::int64_t{distance(direction.begin, view.sequence)}},
        {"bytes", std::int64_t{view.payload}}};
    if (view.has(PacketView::ack) && opposite.begun) {
        details.push_back(
            {"acknowledged", std::int64_t{distance(opposite.begin, view.acknowledged)}});
    }
    if (sighting == Sighting::sent) {
        const bool again = view.length() > 0 && distance(direction.end, end) <= 0;
        if (again) details.push_back({"retransmission", true});
        if (!again) direction.end = end;
    }
    const bool sent_or_lost = sighting != Sighting::received && sighting != Sighting::corrupted;
    details.insert(details.begin(), {"packet", std::string(name_of(sighting))});
    (of_client == sent_or_lost ? of_attempt_->client : of_attempt_->server)
        .note("packet", std::move(details));
}

std::string Evidence::path_of(const net::Vantage& at) {
    if (at.subscriber == 0) return places_->path_of(at.place);
    const std::uint64_t client = at.subscriber - 1;
    return client_path(client >> 32u, static_cast<std::uint32_t>(client));
}

std::string Evidence::client_path(std::size_t population, std::uint32_t client) const {
    return scenario_->clients[population].name + "/" + std::to_string(client);
}

}  // namespace reshake::world
