// Transfers long enough for congestion control to matter.
#include <cmath>

#include <gtest/gtest.h>

#include "sim/base/random.h"
#include "tests/net/linux_tcp_path.h"

namespace reshake::net::test {
namespace {

constexpr std::size_t ten_megabytes = 10'000'000;

/// The server sends `size` bytes as fast as its buffer takes them.
struct Download : Path {
    Download(Duration rtt, std::size_t bytes)
        : Path(rtt / 2, prototype_socket(TcpFlavour::linux_6)) {
        logging = false;
        left = bytes;
        client.when_connected = [this] { client.send(100); };
        client.when_readable = [this] { client.inbox.consume(client.inbox.size()); };
        server.when_readable = [this] { feed(); };
        server.when_writable = [this] { feed(); };
    }
    void feed() {
        const std::size_t before = server.sent;
        server.send(left);
        left -= server.sent - before;
        if (left == 0) server.stream->finish();
    }
    [[nodiscard]] double goodput() const {  // Mbit/s
        const double seconds_taken =
            std::chrono::duration<double>(client.last_byte_at - started_at).count();
        return static_cast<double>(client.received) * 8e-6 / seconds_taken;
    }
    void lose_at_random(double share) {
        loses = [this, share](const Passed&) { return random.chance(share); };
    }
    std::size_t left = 0;
    Random random{7};
};

// 10 MB, a round trip of 20 ms: the receive buffer bounds the rate, slow start takes the rest.
TEST(LinuxTcpBulk, WithoutLossIsBoundedByTheWindowOnly) {
    Download path(milliseconds(20), ten_megabytes);
    path.connect_at(Instant(seconds(1)));
    path.run_for(seconds(60));
    EXPECT_EQ(path.client.received, ten_megabytes);
    EXPECT_TRUE(path.client.ended);
    EXPECT_GT(path.goodput(), 100.0);
    EXPECT_EQ(path.sender(Side::server).repairs(), 0u);
}

TEST(LinuxTcpBulk, FillsALinkOfLimitedRate) {
    Download path(milliseconds(20), ten_megabytes);
    path.serialisation = microseconds(600);  // 20 Mbit/s
    path.connect_at(Instant(seconds(1)));
    path.run_for(seconds(60));
    EXPECT_EQ(path.client.received, ten_megabytes);
    EXPECT_GT(path.goodput(), 17.0);
    EXPECT_LT(path.goodput(), 20.0);
}

// Mathis et al. 1997: MSS / RTT x sqrt(3 / 2p) for Reno; CUBIC's Reno-friendly region is of that
// size, recovery and tail losses take something off.
TEST(LinuxTcpBulk, UnderRandomLossAttainsWhatTheSquareRootLawAllows) {
    for (const double loss : {0.01, 0.05}) {
        Download path(milliseconds(20), ten_megabytes);
        path.lose_at_random(loss);
        path.connect_at(Instant(seconds(1)));
        path.run_for(seconds(600));
        ASSERT_EQ(path.client.received, ten_megabytes) << loss;
        EXPECT_TRUE(path.client.ended);
        const double law = 1448 * 8e-6 / 0.020 * std::sqrt(1.5 / loss);
        EXPECT_GT(path.goodput(), 0.3 * law) << loss;
        EXPECT_LT(path.goodput(), 2.0 * law) << loss;
    }
}

TEST(LinuxTcpBulk, SurvivesReorderingWithoutRepeatingMuch) {
    Download path(milliseconds(20), 3'000'000);
    path.delays = [&path](const Passed&) {
        return path.random.chance(0.05) ? Duration(milliseconds(3)) : Duration::zero();
    };
    path.connect_at(Instant(seconds(1)));
    path.run_for(seconds(120));
    EXPECT_EQ(path.client.received, 3'000'000u);
    EXPECT_TRUE(path.client.ended);
    EXPECT_LT(path.sender(Side::server).repairs(), 3'000'000u / 1448 / 20);
    EXPECT_GT(path.goodput(), 10.0);
}

TEST(LinuxTcpBulk, GoesOnAfterAReaderThatSlept) {
    Download path(milliseconds(20), 8'000'000);
    bool awake = false;
    User& client = path.client;
    client.when_readable = [] {};
    // The socket's buffer fills up: nobody reads until the tenth second.
    class Sleeper final : public StreamEvents {
    public:
        explicit Sleeper(User& user, bool& awake_now) : user_(user), awake_(awake_now) {}
        void on_connected() override { user_.on_connected(); }
        void on_readable() override {
            if (awake_) user_.on_readable();
        }
        void on_writable() override {}
        void on_end(StreamEnd end) override { user_.on_end(end); }

    private:
        User& user_;
        bool& awake_;
    } sleeper(client, awake);
    path.connect_at(Instant(seconds(1)));
    path.simulation.at(Instant(seconds(1)), [&] { client.stream->listen_to(sleeper); });
    path.simulation.at(Instant(seconds(10)), [&] {
        awake = true;
        client.on_readable();
    });
    path.run_for(seconds(9));
    EXPECT_EQ(client.received, 0u);
    path.run_for(seconds(60));
    EXPECT_EQ(client.received, 8'000'000u);
}

}  // namespace
}  // namespace reshake::net::test
