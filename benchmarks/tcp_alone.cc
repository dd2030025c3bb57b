#include "benchmarks/tcp_alone.h"

#include <cstddef>
#include <iterator>
#include <list>
#include <memory>
#include <optional>
#include <span>
#include <utility>
#include <variant>
#include <vector>

#include "models/lane.h"
#include "sim/base/byte_queue.h"
#include "sim/base/check.h"
#include "sim/base/random.h"
#include "sim/net/network.h"
#include "sim/net/simulation.h"
#include "sim/net/stream.h"

namespace reshake::benchmarks {
namespace {

constexpr std::uint16_t port = 443;

/// One side's part of the flights, on a stream.
class Part {
public:
    Part(const Flights& flights, bool client) : flights_(flights), client_(client) {}

    /// Sends every flight whose turn it is. True once there is none left.
    bool go_on(net::Stream& stream) {
        received_ += static_cast<std::uint32_t>(stream.receive(input_));
        input_.consume(input_.size());
        for (; next_ < flights_.size(); ++next_) {
            const Flight& flight = flights_[next_];
            if (flight.from_client != client_) continue;
            if (received_ < flight.after) return false;
            sent_ += flight.bytes;
            RESHAKE_CHECK(stream.send(filler(flight.bytes)) == flight.bytes);
        }
        return true;
    }
    [[nodiscard]] std::uint32_t sent() const noexcept { return sent_; }
    [[nodiscard]] std::uint32_t received() const noexcept { return received_; }

private:
    static std::span<const std::byte> filler(std::uint32_t size) {
        static const std::vector<std::byte> zeros(64 * 1024);
        return std::span(zeros).first(size);
    }

    const Flights& flights_;
    bool client_;
    std::size_t next_ = 0;
    std::uint32_t sent_ = 0;
    std::uint32_t received_ = 0;
    ByteQueue input_;
};

class Server final : public net::Acceptor {
public:
    explicit Server(const Flights& flights) : flights_(flights) {}

private:
    class Connection final : public net::StreamEvents {
    public:
        Connection(Server& server, std::unique_ptr<net::Stream> stream)
            : server_(server), stream_(std::move(stream)), part_(server.flights_, false) {
            stream_->listen_to(*this);
        }
        std::list<Connection>::iterator self{};

    private:
        void on_connected() override {}
        void on_readable() override {
            if (!part_.go_on(*stream_)) return;
            stream_->finish();
            server_.connections_.erase(self);
        }
        void on_writable() override { RESHAKE_CHECK(!"a flight is smaller than the send buffer"); }
        void on_end(net::StreamEnd) override { RESHAKE_CHECK(!"the flights end before"); }

        Server& server_;
        std::unique_ptr<net::Stream> stream_;
        Part part_;
    };

    void on_accept(std::unique_ptr<net::Stream> stream) override {
        connections_.emplace_back(*this, std::move(stream));
        connections_.back().self = std::prev(connections_.end());
    }

    const Flights& flights_;
    std::list<Connection> connections_;
};

/// The network of `workload.h`, and a client that connects over and over.
class Client final : private net::StreamEvents {
public:
    Client(const Flights& flights, std::uint32_t connections)
        : flights_(flights),
          left_(connections),
          access_(std::get<Link>(clients(1, {}).access)),
          uplink_(access_, Direction::uplink, Random(1)),
          downlink_(access_, Direction::downlink, Random(2)),
          server_(flights),
          network_(simulation_, tcp_flavour),
          home_(network_.add_site(fleet(Handshake::full).sites.front().distance, Duration::zero())),
          population_(network_.add_population()),
          server_machine_(network_.add_server(home_).machine) {
        network_.listen(server_machine_, port, server_);
    }

    [[nodiscard]] Tally run() {
        const std::uint32_t connections = left_;
        simulation_.at(run_start + between_visits, [this] { connect(); });
        simulation_.run_until(run_start + between_visits * (std::int64_t{connections} + 1));
        RESHAKE_CHECK(left_ == 0 && stream_ == nullptr);
        return {.connections = connections, .traffic = traffic_};
    }

private:
    void connect() {
        --left_;
        if (left_ > 0) simulation_.at(simulation_.now() + between_visits, [this] { connect(); });
        part_.emplace(flights_, true);
        machine_ = network_.attach(
            {.uplink = &uplink_, .downlink = &downlink_, .population = population_, .home = home_});
        stream_ = network_.connect(machine_, server_machine_, port, *this);
    }
    void on_connected() override { RESHAKE_CHECK(!part_->go_on(*stream_)); }
    void on_readable() override {
        if (!part_->go_on(*stream_)) return;
        stream_->finish();
        stream_.reset();
        network_.release(machine_);
        traffic_.sent += part_->sent();
        traffic_.received += part_->received();
    }
    void on_writable() override { RESHAKE_CHECK(!"a flight is smaller than the send buffer"); }
    void on_end(net::StreamEnd) override { RESHAKE_CHECK(!"the client closes first"); }

    const Flights& flights_;
    std::uint32_t left_;
    Access access_;
    Lane uplink_;
    Lane downlink_;
    Server server_;
    net::Simulation simulation_;
    net::Network network_;
    net::PlaceId home_;
    net::PlaceId population_;
    net::MachineId server_machine_;
    net::MachineId machine_{};
    std::unique_ptr<net::Stream> stream_;
    std::optional<Part> part_;
    Traffic traffic_;
};

}  // namespace

Tally run_tcp_alone(const Flights& flights, std::uint32_t connections) {
    return Client(flights, connections).run();
}

}  // namespace reshake::benchmarks
