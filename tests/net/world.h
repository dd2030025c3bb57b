// A small network to test on: one home site with a server, another site, and clients with links.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <list>
#include <memory>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "models/lane.h"
#include "sim/base/byte_queue.h"
#include "sim/base/random.h"
#include "sim/net/network.h"
#include "sim/net/simulation.h"

namespace reshake::net::test {

using std::chrono::hours;
using std::chrono::microseconds;
using std::chrono::milliseconds;
using std::chrono::nanoseconds;
using std::chrono::seconds;

inline constexpr std::uint16_t port = 443;

/// A stream's user that writes down what it is told, and does what a test hooks in.
class Recorder final : public StreamEvents {
public:
    explicit Recorder(const Clock& clock) : clock_(clock) {}

    void on_connected() override {
        log += 'c';
        connected_at = clock_.now();
        if (when_connected) when_connected();
    }
    void on_readable() override {
        log += 'r';
        if (reads) received += stream->receive(inbox);
        last_byte_at = clock_.now();
        if (when_readable) when_readable();
    }
    void on_writable() override {
        log += 'w';
        if (when_writable) when_writable();
    }
    void on_end(StreamEnd end) override {
        log += end == StreamEnd::fin ? 'F' : end == StreamEnd::reset ? 'R' : 'T';
        ended_at = clock_.now();
        if (when_ended) when_ended(end);
    }

    std::unique_ptr<Stream> stream;
    ByteQueue inbox;
    std::string log;  ///< One letter per call.
    bool reads = true;
    std::size_t received = 0;
    Instant connected_at = never;
    Instant last_byte_at = never;
    Instant ended_at = never;
    std::function<void()> when_connected;
    std::function<void()> when_readable;
    std::function<void()> when_writable;
    std::function<void(StreamEnd)> when_ended;

private:
    const Clock& clock_;
};

/// Accepts, and keeps a recorder per connection.
class Listener final : public Acceptor {
public:
    explicit Listener(const Clock& clock) : clock_(clock) {}

    void on_accept(std::unique_ptr<Stream> stream) override {
        auto recorder = std::make_unique<Recorder>(clock_);
        stream->listen_to(*recorder);
        recorder->stream = std::move(stream);
        Recorder& accepted = *recorder;
        connections.push_back(std::move(recorder));
        if (when_accepted) when_accepted(accepted);
    }

    std::vector<std::unique_ptr<Recorder>> connections;
    std::function<void(Recorder&)> when_accepted;

private:
    const Clock& clock_;
};

[[nodiscard]] inline std::vector<std::byte> bytes(std::size_t size) {
    std::vector<std::byte> result(size);
    for (std::size_t i = 0; i < size; ++i) result[i] = static_cast<std::byte>(i * 131 + (i >> 8));
    return result;
}

inline void send(Stream& stream, std::size_t size) {
    const auto content = bytes(size);
    if (stream.send(content) != size) std::abort();
}

/// One direction of each kind of a client's link.
struct Lanes {
    Lanes(const Access& access, const Random& random)
        : up(access, Direction::uplink, random.stream("up")),
          down(access, Direction::downlink, random.stream("down")) {}
    Lane up;
    Lane down;
};

/// What the machines of a network run.
struct Stack {
    Stack(TcpFlavour flavour, IpVersion version = IpVersion::ipv4) : tcp(flavour), ip(version) {}
    operator TcpFlavour() const noexcept { return tcp; }

    TcpFlavour tcp;
    IpVersion ip;
};

struct World {
    explicit World(const Stack& stack, Access link = Link{.delay = milliseconds(10)},
                   std::uint64_t seed = 1)
        : access(std::move(link)),
          random(seed),
          network(simulation, stack.tcp, stack.ip),
          listener(simulation) {
        home = network.add_site(milliseconds(5), milliseconds(40));
        away = network.add_site(milliseconds(7), milliseconds(40));
        phones = network.add_population();
        server = network.add_server(home);
        other = network.add_server(away);
        network.listen(server.machine, port, listener);
        network.listen(other.machine, port, listener);
    }

    Lanes& lanes() {
        links.push_back(std::make_unique<Lanes>(access, random.stream(links.size())));
        return *links.back();
    }
    MachineId attach() {
        Lanes& link = lanes();
        return network.attach({&link.up, &link.down, phones, home});
    }
    /// Behind boxes of its own, to which `path` leads.
    MachineId attach(const std::vector<Middlebox>& boxes, AccessPath* path = nullptr) {
        Lanes& link = lanes();
        Middleboxes& own = middleboxes.emplace_back(boxes, random.stream("boxes"), path);
        return network.attach({.uplink = &link.up,
                               .downlink = &link.down,
                               .population = phones,
                               .home = home,
                               .boxes = &own});
    }
    std::unique_ptr<Recorder> connect(MachineId from, MachineId to) {
        auto client = std::make_unique<Recorder>(simulation);
        client->stream = network.connect(from, to, port, *client);
        return client;
    }
    std::unique_ptr<Recorder> connect(MachineId from) { return connect(from, server.machine); }
    /// Closes the way between two places, both directions, until `open`.
    void close(PlaceId a, PlaceId b) {
        Gate& gate = gates.emplace_back(Partition{}, random);
        network.add_gate(a, b, gate);
        network.add_gate(b, a, gate);
    }
    /// What was closed last first.
    void open(PlaceId a, PlaceId b) {
        network.remove_gate(a, b, gates.back());
        network.remove_gate(b, a, gates.back());
        gates.pop_back();
    }
    void run_for(Duration duration) { simulation.run_until(simulation.now() + duration); }

    Access access;
    Random random;
    Simulation simulation;
    Network network;
    std::vector<std::unique_ptr<Lanes>> links;
    std::list<Gate> gates;
    std::list<Middleboxes> middleboxes;
    PlaceId home{};
    PlaceId away{};
    PlaceId phones{};
    Network::Server server;
    Network::Server other;
    Listener listener;
};

/// A law that every TCP keeps, under the name of each.
class OverEachTcp : public testing::TestWithParam<Stack> {};

inline std::string flavour_name(const testing::TestParamInfo<Stack>& info) {
    std::string name(name_of(info.param.tcp));
    std::erase(name, '-');
    if (info.param.ip == IpVersion::ipv6) name += "OverIpv6";
    return name;
}

#define OVER_EACH_TCP(Suite)                                                               \
    INSTANTIATE_TEST_SUITE_P(                                                              \
        Each, Suite,                                                                       \
        testing::Values<Stack>(TcpFlavour::linux_6, TcpFlavour::linux_4, TcpFlavour::ns3), \
        flavour_name)

/// A law that holds over either version of IP.
#define OVER_EACH_STACK(Suite)                                                            \
    OVER_EACH_TCP(Suite);                                                                 \
    INSTANTIATE_TEST_SUITE_P(Ipv6, Suite,                                                 \
                             testing::Values(Stack(TcpFlavour::linux_6, IpVersion::ipv6), \
                                             Stack(TcpFlavour::ns3, IpVersion::ipv6)),    \
                             flavour_name)

}  // namespace reshake::net::test
