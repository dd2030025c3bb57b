// A client that says hello and a server that answers at length: what most laws of TCP need.
#pragma once

#include <algorithm>
#include <functional>
#include <iterator>
#include <utility>
#include <vector>

#include <ns3/uinteger.h>

#include "tests/net/linux_tcp_path.h"

namespace reshake::net::test {

using std::chrono::hours;

inline constexpr std::uint32_t mss = 1448;
inline constexpr std::uint32_t hello = 250;
inline constexpr Duration rtt = milliseconds(40);
inline constexpr Instant start = Instant(seconds(100)) + microseconds(1'700);

inline double ms(Duration duration) {
    return std::chrono::duration<double, std::milli>(duration).count();
}

inline ns3::Ptr<StreamSocket> socket_with_buffer(std::uint32_t receive_buffer) {
    const auto socket = prototype_socket(TcpFlavour::linux_6, {.ideal = true});
    socket->SetAttribute("RcvBufSize", ns3::UintegerValue(receive_buffer));
    return socket;
}

struct Sleeper final : StreamEvents {
    explicit Sleeper(User& sleeping) : user(sleeping) {}
    void on_connected() override { user.on_connected(); }
    void on_readable() override {
        if (awake) user.on_readable();
    }
    void on_writable() override {}
    void on_end(StreamEnd end) override { user.on_end(end); }

    User& user;
    bool awake = true;
};

/// The client says hello, the server answers with as many bytes as it is told.
struct Talk : Path {
    explicit Talk(std::size_t answer, ns3::Ptr<StreamSocket> socket = socket_with_buffer(4u << 20))
        : Path(rtt / 2, std::move(socket)), left(answer) {
        client.when_connected = [this] { client.send(hello); };
        server.when_readable = server.when_writable = [this] { feed(); };
    }
    void feed() {
        const std::size_t before = server.sent;
        server.send(left);
        left -= server.sent - before;
    }
    /// The client's user reads nothing until `wake`.
    void put_to_sleep() {
        sleeper.awake = false;
        simulation.at(start, [this] { client.stream->listen_to(sleeper); });
    }
    void wake() {
        sleeper.awake = true;
        client.on_readable();
    }
    void begin() { connect_at(start); }

    [[nodiscard]] std::vector<Passed> of(Side from,
                                         const std::function<bool(const Passed&)>& which) const {
        std::vector<Passed> found;
        std::ranges::copy_if(log, std::back_inserter(found), [&](const Passed& packet) {
            return packet.from == from && which(packet);
        });
        return found;
    }
    [[nodiscard]] std::uint32_t scale(Side from) const {
        const auto syns = of(from, [](const Passed& packet) { return packet.syn(); });
        return syns.empty() ? 0 : syns.front().scale.value_or(0);
    }
    std::size_t left;
    Sleeper sleeper{client};
};

inline bool has_data(const Passed& packet) { return packet.payload > 0; }
inline bool is_fin(const Passed& packet) { return packet.fin(); }
inline bool is_reset(const Passed& packet) { return packet.has(ns3::TcpHeader::RST); }

}  // namespace reshake::net::test
