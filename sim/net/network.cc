#include "sim/net/network.h"

#include <algorithm>
#include <deque>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include <ns3/simulator.h>

#include "sim/base/check.h"
#include "sim/net/atlas.h"
#include "sim/net/fabric.h"
#include "sim/net/machine.h"
#include "sim/net/notices.h"
#include "sim/net/ns3_time.h"
#include "sim/net/radio_models.h"
#include "sim/net/tcp_flavour.h"
#include "sim/net/tcp_stream.h"

namespace reshake::net {

struct Network::Impl final : Estate {
    Impl(TcpFlavour tcp, IpVersion version)
        : ip(version), prototype(prototype_socket(tcp, {.ip = version})) {}

    void accepted(StreamSocket& socket) override {
        RESHAKE_CHECK(socket.acceptor != nullptr);
        notices.post_arrival(std::make_unique<TcpStream>(ns3::Ptr<StreamSocket>(&socket), notices),
                             *socket.acceptor);
    }

    /// Holds the socket until ns-3's events of this instant are over: some point to it bare.
    void buried(StreamSocket& socket) override {
        const Instant now = ns3_now();
        while (!graves.empty() && graves.front().first < now) graves.pop_front();
        graves.emplace_back(now, &socket);
    }

    std::uint64_t subscriber_at(ns3::Ipv4Address address) const override {
        const Machine* const machine = fabric.at_address(address);
        return machine != nullptr ? machine->station.subscriber : 0;
    }

    void perhaps_quiet(Machine& machine) override {
        if (!machine.station.is_access() || machine.lent) return;
        if (machine.sockets() > 0 || machine.under_way > 0) return;
        machine.station.uplink = nullptr;  // Its lanes may end now.
        machine.station.downlink = nullptr;
        machine.station.boxes = nullptr;
        machine.deserted = true;
        free.push_back(&machine);
    }

    Machine& add_machine() {
        machines.push_back(std::make_unique<Machine>(
            *this, fabric, static_cast<std::uint32_t>(machines.size()), ip));
        Machine& machine = *machines.back();
        fabric.add(machine);
        fabric.readdress(machine);
        return machine;
    }
    Machine& at(MachineId id) { return *machines.at(static_cast<std::size_t>(id)); }
    static MachineId id_of(const Machine& machine) {
        return static_cast<MachineId>(machine.number());
    }

    Notices notices;
    Atlas atlas;
    Fabric fabric{atlas, notices, *this};
    IpVersion ip;
    ns3::Ptr<StreamSocket> prototype;
    std::deque<std::pair<Instant, ns3::Ptr<StreamSocket>>> graves;
    std::vector<std::unique_ptr<Machine>> machines;
    std::vector<Machine*> free;
    std::vector<std::unique_ptr<RadioCell>> cells;
};

Network::Network(Simulation&, TcpFlavour tcp, IpVersion ip)
    : impl_(std::make_unique<Impl>(tcp, ip)) {}

Network::~Network() = default;

PlaceId Network::add_population() { return impl_->atlas.add(); }

RadioCell& Network::add_cell(const Wifi& wifi, std::uint32_t clients, const Random& random) {
    return *impl_->cells.emplace_back(make_cell(wifi, clients, impl_->fabric, random));
}

RadioCell& Network::add_cell(const Lte& lte, std::uint32_t clients, const Random& random) {
    return *impl_->cells.emplace_back(make_cell(lte, clients, impl_->fabric, random));
}

PlaceId Network::add_site(Duration distance, Duration between_sites) {
    return impl_->atlas.add_site(distance, between_sites);
}

Network::Server Network::add_server(PlaceId site) {
    RESHAKE_CHECK(impl_->atlas.known(site));
    const PlaceId place = impl_->atlas.add();
    Machine& machine = impl_->add_machine();
    machine.station = {.own = place, .site = site};
    return {.machine = Impl::id_of(machine), .place = place};
}

Network::Server Network::add_service(Way& uplink, Way& downlink) {
    const PlaceId place = impl_->atlas.add();
    Machine& machine = impl_->add_machine();
    machine.station = {
        .own = place, .site = place, .uplink = &uplink, .downlink = &downlink, .service = true};
    return {.machine = Impl::id_of(machine), .place = place};
}

MachineId Network::attach(const Attachment& attachment) {
    RESHAKE_CHECK(attachment.uplink != nullptr && attachment.downlink != nullptr);
    RESHAKE_CHECK(impl_->atlas.known(attachment.population) && impl_->atlas.known(attachment.home));
    Machine* machine = nullptr;
    if (impl_->free.empty()) {
        machine = &impl_->add_machine();
    } else {
        machine = impl_->free.back();  // The one used last: its memory is still at hand.
        impl_->free.pop_back();
        impl_->fabric.readdress(*machine);
    }
    machine->station = {.own = attachment.population,
                        .site = attachment.home,
                        .uplink = attachment.uplink,
                        .downlink = attachment.downlink,
                        .boxes = attachment.boxes,
                        .subscriber = attachment.subscriber};
    machine->station.uplink->begin_attempt();
    machine->station.downlink->begin_attempt();
    machine->lent = true;
    machine->deserted = false;
    impl_->fabric.lend(*machine);
    return Impl::id_of(*machine);
}

void Network::release(MachineId machine) {
    Machine& access = impl_->at(machine);
    RESHAKE_CHECK(access.lent);
    access.lent = false;
    impl_->perhaps_quiet(access);
}

void Network::vanish(MachineId machine) {
    Machine& access = impl_->at(machine);
    RESHAKE_CHECK(access.lent);
    access.silence();
    impl_->fabric.readdress(access);
    access.lent = false;
    impl_->perhaps_quiet(access);
}

void Network::power_off(MachineId machine) {
    Machine& server = impl_->at(machine);
    if (server.dark++ == 0) server.silence();
}

void Network::power_on(MachineId machine) {
    Machine& server = impl_->at(machine);
    RESHAKE_CHECK(server.dark > 0);
    --server.dark;
}

std::unique_ptr<Stream> Network::connect(MachineId from, MachineId to, std::uint16_t port,
                                         StreamEvents& events, const ConnectOptions& options) {
    ns3::Ptr<StreamSocket> socket = impl_->at(from).make_socket(*impl_->prototype);
    socket->set_nodelay(options.nodelay);
    const Station& station = impl_->at(from).station;
    if (station.has_lanes()) socket->limit_packets(station.uplink->mtu());
    if (options.fast_open) socket->use_fast_open(options.cookie);
    auto stream = std::make_unique<TcpStream>(socket, impl_->notices);
    stream->listen_to(events);
    if (!socket->open(impl_->at(to).at_port(port))) stream->refuse();
    return stream;
}

void Network::listen(MachineId machine, std::uint16_t port, Acceptor& acceptor,
                     const ListenOptions& options) {
    const ns3::Ptr<StreamSocket> socket = impl_->at(machine).make_socket(*impl_->prototype);
    socket->set_nodelay(options.nodelay);
    if (options.fast_open) socket->grant_fast_open(*options.fast_open);
    socket->acceptor = &acceptor;
    socket->backlog = options.backlog;
    RESHAKE_CHECK(socket->listen(impl_->ip, port));
}

void Network::stop_listening(MachineId machine, std::uint16_t port) {
    impl_->at(machine).stop_listening(port);
}

std::unique_ptr<DatagramPort> Network::open_port(MachineId machine, std::uint16_t port,
                                                 DatagramEvents& events) {
    return impl_->at(machine).open_port(port, events, impl_->notices);
}

DatagramAddress Network::address(MachineId machine, std::uint16_t port) const {
    return {.machine = impl_->at(machine).address().Get(), .port = port};
}

void Network::add_gate(PlaceId from, PlaceId to, Gate& gate) {
    RESHAKE_CHECK(impl_->atlas.known(from) && impl_->atlas.known(to));
    impl_->atlas.gates().add(from, to, gate);
}

void Network::remove_gate(PlaceId from, PlaceId to, const Gate& gate) {
    impl_->atlas.gates().remove(from, to, gate);
}

bool Network::cut_off(PlaceId a, PlaceId b) const {
    const Gates& gates = impl_->atlas.gates();
    const auto shut = [](const Gate* gate) { return gate->always_closed(); };
    return std::ranges::any_of(gates.on_way(a, b), shut) ||
           std::ranges::any_of(gates.on_way(b, a), shut);
}

void Network::tap(Tap& tap) noexcept { impl_->fabric.tap(tap); }

void Network::close() noexcept { impl_->fabric.close(); }

PacketCounts Network::packets() const noexcept { return impl_->fabric.counts(); }

PacketCounts Network::packets(PlaceId population, Direction direction) const noexcept {
    return impl_->fabric.counts(population, direction);
}

PacketCounts Network::packets_between_servers(Direction direction) const noexcept {
    return impl_->fabric.counts(std::nullopt, direction);
}

std::size_t Network::machines() const noexcept { return impl_->machines.size(); }

std::size_t Network::sockets() const noexcept {
    std::size_t sum = 0;
    for (const auto& machine : impl_->machines) sum += machine->sockets();
    return sum;
}

}  // namespace reshake::net
