// A ClientHello with early data that reaches a server twice: on the way, somebody has copied it and
// his copy is faster. No scenario has such people yet, so client and copyist are made here.
#include <gtest/gtest.h>

#include <memory>
#include <utility>

#include "models/lane.h"
#include "sim/host/exchange.h"
#include "sim/host/server.h"
#include "sim/tls/ticket_keys.h"
#include "tests/world/scenarios.h"

namespace reshake::world {
namespace {

using namespace std::chrono_literals;
using history::DecidedBy;
using history::NoEarlyData;

/// Sends what an endpoint says over TCP; `deaf`: only its first flight.
class Talker final : public net::StreamEvents {
public:
    Talker(host::AttemptLedger& ledger, host::AttemptLedger::Id row, net::Simulation& simulation,
           std::unique_ptr<tls::Endpoint> endpoint, bool deaf)
        : ledger_(ledger),
          row_(row),
          simulation_(simulation),
          endpoint_(std::move(endpoint)),
          deaf_(deaf) {}

    void talk(std::unique_ptr<net::Stream> stream) { stream_ = std::move(stream); }
    [[nodiscard]] tls::Endpoint& endpoint() noexcept { return *endpoint_; }

private:
    void on_connected() override {
        ledger_.bind(row_, stream_->connection());
        pump();
    }
    void on_readable() override {
        stream_->receive(endpoint_->input());
        if (!deaf_) pump();
    }
    void on_writable() override {}
    void on_end(net::StreamEnd) override {}

    void pump() {
        while (endpoint_->has_work()) endpoint_->step(simulation_.now());
        ByteQueue& output = endpoint_->output();
        if (!output.empty()) output.consume(stream_->send(output.front()));
    }

    host::AttemptLedger& ledger_;
    host::AttemptLedger::Id row_;
    net::Simulation& simulation_;
    std::unique_ptr<tls::Endpoint> endpoint_;
    bool deaf_;
    std::unique_ptr<net::Stream> stream_;
};

TEST(ClientHelloRecord, TellsTheSlowerOfTwoCopiesThatItsEarlyDataIsReplayed) {
    Scenario scenario = plain(1, 1h, 1h);
    Fleet& fleet = scenario.fleets[0];
    fleet.tls = {.max_early_data = 16'384, .anti_replay = AntiReplay::client_hello_record};
    const Random random(5);
    history::History history;
    net::Simulation simulation;
    net::Network network(simulation, scenario.tcp);
    host::AttemptLedger ledger(history);
    const host::Surroundings surroundings{simulation, network, ledger, history.wire};
    const tls::Library library;
    const tls::Chain chain(library, {}, "edge.example", random.stream("chain"));
    tls::TicketKeys keys(std::nullopt, random.stream("steks"));
    tls::ClientContext context(library, {.early_data = true}, chain, "edge.example");
    const auto new_process = [&] {
        return std::make_unique<tls::ServerContext>(library, fleet.tls, fleet.tickets, chain, keys);
    };
    const net::PlaceId site = network.add_site(5ms, 40ms);
    const net::MachineId machine = network.add_server(site).machine;
    const WallClock clock;
    const Device device;  // Pays for every end but the server.
    host::Server server(surroundings, fleet, new_process(), clock, machine, {});

    // A ticket from another server with the same keys.
    const auto elsewhere = new_process();
    auto first = tls::Endpoint::client(context, nullptr, run_start, random.stream("first"), device);
    auto other = tls::Endpoint::server(*elsewhere, run_start, random.stream("other"), device);
    while (first->has_work() || other->has_work()) {
        for (auto [from, to] : {std::pair(first.get(), other.get()), {other.get(), first.get()}}) {
            if (from->has_work()) from->step(run_start);
            if (from->output().empty()) continue;
            to->input().append(from->output().front());
            from->output().consume(from->output().size());
        }
    }
    const Ticket ticket = first->take_tickets().back();

    const Access access = Link{.delay = 20ms};
    Lane up(access, Direction::uplink, random.stream("up"));
    Lane down(access, Direction::downlink, random.stream("down"));
    const net::PlaceId population = network.add_population();
    const host::Request request{.request_bytes = 200, .response_bytes = 4096};
    std::vector<std::unique_ptr<Talker>> talkers;
    for (const bool copyist : {true, false}) {
        const auto row = ledger.open({.row = {.visit = copyist ? 0u : 1u,
                                              .offered = true,
                                              .early_bytes = request.request_bytes},
                                      .random = random.stream("server")});
        auto endpoint =
            tls::Endpoint::client(context, &ticket, run_start, random.stream("client"), device);
        endpoint->write(host::piece_of(request, 0));
        endpoint->send_early();
        talkers.push_back(
            std::make_unique<Talker>(ledger, row, simulation, std::move(endpoint), copyist));
        Talker& talker = *talkers.back();
        simulation.at(run_start + (copyist ? 1s : 2s), [&] {
            const net::MachineId from = network.attach(
                {.uplink = &up, .downlink = &down, .population = population, .home = site});
            talker.talk(network.connect(from, machine, host::https_port, talker));
        });
    }
    simulation.run_until(run_start + 10s);
    EXPECT_EQ(talkers[1]->endpoint().facts().state, tls::State::established);
    EXPECT_EQ(talkers[1]->endpoint().received().size(), request.response_bytes);
    ledger.close();
    Outcome outcome{std::move(history), network.packets()};
    EXPECT_EQ(column<NoEarlyData>(outcome, "no_early_data").at(1), NoEarlyData::replayed);
    EXPECT_EQ(column<DecidedBy>(outcome, "decided_by").at(1), DecidedBy::server_model);
    talkers.clear();
}

}  // namespace
}  // namespace reshake::world
