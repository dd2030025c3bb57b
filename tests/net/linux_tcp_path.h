// Two machines and a wire between them that loses what a test names, and writes everything down.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include <ns3/ipv4-header.h>
#include <ns3/ipv6-header.h>
#include <ns3/simulator.h>
#include <ns3/tcp-header.h>
#include <ns3/tcp-option-rfc793.h>
#include <ns3/tcp-option-sack.h>
#include <ns3/tcp-option-ts.h>
#include <ns3/tcp-option-winscale.h>

#include "sim/base/byte_queue.h"
#include "sim/net/linux_tcp_socket.h"
#include "sim/net/machine.h"
#include "sim/net/notices.h"
#include "sim/net/ns3_time.h"
#include "sim/net/simulation.h"
#include "sim/net/tcp_flavour.h"
#include "sim/net/tcp_stream.h"

namespace reshake::net::test {

using std::chrono::microseconds;
using std::chrono::milliseconds;
using std::chrono::seconds;

enum class Side { client, server };

/// A packet as it leaves its sender. Numbers count the bytes of each stream from 1, the SYN being
/// 0.
struct Passed {
    Instant at{};
    Side from = Side::client;
    std::uint8_t flags = 0;
    std::uint32_t sequence = 0;
    std::uint32_t acknowledged = 0;
    std::uint32_t payload = 0;
    std::uint32_t size = 0;    ///< Of the IP packet.
    std::uint32_t window = 0;  ///< As in the header: not scaled.
    std::vector<std::pair<std::uint32_t, std::uint32_t>> sacks;
    std::uint32_t stamp = 0;
    std::uint32_t echo = 0;
    std::optional<std::uint16_t> largest{};  ///< MSS option.
    std::optional<std::uint8_t> scale{};     ///< Window scale option.
    bool sack_permitted = false;
    bool lost = false;

    bool operator==(const Passed&) const = default;
    [[nodiscard]] bool has(std::uint8_t flag) const noexcept { return (flags & flag) != 0; }
    [[nodiscard]] bool syn() const noexcept { return has(ns3::TcpHeader::SYN); }
    [[nodiscard]] bool fin() const noexcept { return has(ns3::TcpHeader::FIN); }
};

/// One end's application: whatever arrives is read at once.
class User final : public StreamEvents {
public:
    void on_connected() override {
        connected_at = ns3_now();
        if (when_connected) when_connected();
    }
    void on_readable() override {
        received += stream->receive(inbox);
        last_byte_at = ns3_now();
        if (when_readable) when_readable();
    }
    void on_writable() override {
        if (when_writable) when_writable();
    }
    void on_end(StreamEnd how) override {
        end = how;
        ended_at = ns3_now();
        ended = true;
        if (when_ended) when_ended();
    }
    void send(std::size_t size) {
        const std::vector<std::byte> bytes(size);
        if (stream) sent += stream->send(bytes);
    }

    std::unique_ptr<Stream> stream;
    ByteQueue inbox;
    std::size_t received = 0;
    std::size_t sent = 0;
    bool ended = false;
    StreamEnd end{};
    Instant connected_at = never;
    Instant last_byte_at = never;
    Instant ended_at = never;
    std::function<void()> when_connected;
    std::function<void()> when_readable;
    std::function<void()> when_writable;
    std::function<void()> when_ended;
};

class Path : public Wire, public Estate, private Acceptor {
public:
    explicit Path(Duration one_way, TcpFlavour flavour = TcpFlavour::linux_6,
                  IpVersion ip = IpVersion::ipv4)
        : Path(one_way, prototype_socket(flavour, {.ip = ip, .ideal = true}), ip) {}
    Path(Duration one_way, ns3::Ptr<StreamSocket> prototype, IpVersion ip = IpVersion::ipv4)
        : one_way_(one_way), ip_(ip), prototype_(std::move(prototype)) {
        for (std::uint32_t i = 0; i < 2; ++i) {
            machines_.push_back(std::make_unique<Machine>(*this, *this, i, ip));
            machines_[i]->set_address(ns3::Ipv4Address(0x0a000001u + i));
        }
        listener_ = machines_[1]->make_socket(*prototype_);
        listener_->acceptor = this;
        if (!listener_->listen(ip_, 443)) std::abort();
    }

    /// The client connects when the clock says so; times in `log` count from the run's start.
    void connect_at(Instant when) {
        simulation.at(when, [this] {
            started_at = when_now();
            client_socket = machines_[0]->make_socket(*prototype_);
            auto stream = std::make_unique<TcpStream>(client_socket, notices_);
            stream->listen_to(client);
            client.stream = std::move(stream);
            client_socket->set_nodelay(options.nodelay);
            if (options.fast_open) client_socket->use_fast_open(options.cookie);
            if (!client_socket->open(machines_[1]->at_port(443))) std::abort();
        });
    }
    /// What the server does from now on.
    void listen_with(const ListenOptions& wanted) {
        listener_->set_nodelay(wanted.nodelay);
        if (wanted.fast_open) listener_->grant_fast_open(*wanted.fast_open);
    }
    void run_for(Duration duration) { simulation.run_until(simulation.now() + duration); }
    void after(Duration wait, std::function<void()> action) {
        simulation.at(when_now() + wait, std::move(action));
    }
    /// To be called when the clock stands where the packet arrives.
    void deliver(Side to, const ns3::Ptr<ns3::Packet>& packet) {
        notices_.packet_begins();
        machines_[to == Side::client ? 0 : 1]->receive(packet);
        notices_.packet_ends();
    }
    [[nodiscard]] Instant when_now() const { return simulation.now(); }
    [[nodiscard]] const linux_tcp::Sender& sender(Side side) const {
        return static_cast<const LinuxSocket&>(
                   *(side == Side::client ? client_socket : server_socket))
            .sender();
    }

    /// Packets that the test lets pass through but that match are lost.
    std::function<bool(const Passed&)> loses;
    /// Sees each packet that leaves, and may keep a copy to `deliver` later.
    std::function<void(const Passed&, const ns3::Packet&)> sees;
    /// Adds to the delay of one packet.
    std::function<Duration(const Passed&)> delays;
    ConnectOptions options;         ///< The client's.
    std::uint64_t subscriber = 17;  ///< Stands for its address.
    Duration serialisation{};       ///< Of each packet, one after the other.

    Simulation simulation;
    std::vector<Passed> log;
    bool logging = true;
    User client;
    User server;
    Instant started_at = never;
    ns3::Ptr<StreamSocket> client_socket;
    ns3::Ptr<StreamSocket> server_socket;
    std::function<void()> when_accepted;

    /// Sendings of a segment of the client's or the server's stream that begins at `sequence`.
    [[nodiscard]] std::vector<Instant> sendings(Side from, std::uint32_t sequence) const {
        std::vector<Instant> times;
        for (const Passed& packet : log) {
            if (packet.from == from && packet.sequence == sequence &&
                (packet.payload > 0 || packet.syn() || packet.fin())) {
                times.push_back(packet.at);
            }
        }
        return times;
    }

private:
    void transmit(std::uint32_t machine, const ns3::Ptr<ns3::Packet>& packet) override {
        Passed passed = describe(machine, packet);
        passed.lost = loses && loses(passed);
        if (logging) log.push_back(passed);
        if (sees) sees(passed, *packet);
        if (passed.lost) return;
        Duration delay = one_way_ + (delays ? delays(passed) : Duration::zero());
        if (serialisation > Duration::zero()) {
            Instant& busy = busy_until_[machine];
            busy = std::max(busy, when_now()) + serialisation;
            delay += busy - when_now();
        }
        ns3::Packet* const raw = ns3::PeekPointer(packet);
        const ns3::Ptr<ns3::Packet> copy(raw);
        simulation.at(when_now() + delay, [this, machine, copy] {
            deliver(machine == 0 ? Side::server : Side::client, copy);
        });
    }
    Passed describe(std::uint32_t machine, const ns3::Ptr<ns3::Packet>& packet) const {
        const ns3::Ptr<ns3::Packet> copy = packet->Copy();
        if (ip_ == IpVersion::ipv6) {
            ns3::Ipv6Header ip;
            copy->RemoveHeader(ip);
        } else {
            ns3::Ipv4Header ip;
            copy->RemoveHeader(ip);
        }
        ns3::TcpHeader tcp;
        copy->RemoveHeader(tcp);
        Passed passed{.at = ns3_now(),
                      .from = machine == 0 ? Side::client : Side::server,
                      .flags = tcp.GetFlags(),
                      .sequence = tcp.GetSequenceNumber().GetValue(),
                      .acknowledged = tcp.GetAckNumber().GetValue(),
                      .payload = copy->GetSize(),
                      .size = packet->GetSize(),
                      .window = tcp.GetWindowSize(),
                      .sacks = {}};
        passed.sack_permitted = tcp.HasOption(ns3::TcpOption::SACKPERMITTED);
        if (tcp.HasOption(ns3::TcpOption::SACK)) {
            const auto option =
                ns3::StaticCast<const ns3::TcpOptionSack>(tcp.GetOption(ns3::TcpOption::SACK));
            for (const auto& [first, end] : option->GetSackList()) {
                passed.sacks.emplace_back(first.GetValue(), end.GetValue());
            }
        }
        if (tcp.HasOption(ns3::TcpOption::TS)) {
            const auto option =
                ns3::StaticCast<const ns3::TcpOptionTS>(tcp.GetOption(ns3::TcpOption::TS));
            passed.stamp = option->GetTimestamp();
            passed.echo = option->GetEcho();
        }
        if (tcp.HasOption(ns3::TcpOption::MSS)) {
            passed.largest =
                ns3::StaticCast<const ns3::TcpOptionMSS>(tcp.GetOption(ns3::TcpOption::MSS))
                    ->GetMSS();
        }
        if (tcp.HasOption(ns3::TcpOption::WINSCALE)) {
            passed.scale = ns3::StaticCast<const ns3::TcpOptionWinScale>(
                               tcp.GetOption(ns3::TcpOption::WINSCALE))
                               ->GetScale();
        }
        return passed;
    }

    void accepted(StreamSocket& socket) override {
        server_socket = ns3::Ptr<StreamSocket>(&socket);
        notices_.post_arrival(std::make_unique<TcpStream>(server_socket, notices_),
                              *socket.acceptor);
    }
    void on_accept(std::unique_ptr<Stream> stream) override {
        stream->listen_to(server);
        server.stream = std::move(stream);
        if (when_accepted) when_accepted();
    }
    void buried(StreamSocket& socket) override { graves_.emplace_back(&socket); }
    void perhaps_quiet(Machine&) override {}
    std::uint64_t subscriber_at(ns3::Ipv4Address) const override { return subscriber; }

    Duration one_way_;
    IpVersion ip_;
    Notices notices_;
    ns3::Ptr<StreamSocket> prototype_;
    std::vector<ns3::Ptr<StreamSocket>> graves_;
    ns3::Ptr<StreamSocket> listener_;
    std::vector<std::unique_ptr<Machine>> machines_;
    Instant busy_until_[2]{};
};

}  // namespace reshake::net::test
