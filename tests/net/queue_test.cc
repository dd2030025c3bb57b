// Active queues: CoDel against ns-3's, packet by packet; streams through them; nothing while idle.
#include <algorithm>
#include <cmath>
#include <functional>
#include <memory>
#include <vector>

#include <gtest/gtest.h>
#include <ns3/codel-queue-disc.h>
#include <ns3/fq-codel-queue-disc.h>
#include <ns3/nstime.h>
#include <ns3/packet.h>
#include <ns3/queue-item.h>
#include <ns3/simulator.h>
#include <ns3/string.h>
#include <ns3/uinteger.h>

#include "models/active_queue.h"
#include "tests/net/world.h"

namespace reshake::net::test {
namespace {

/// A packet as ns-3's queue discs take it.
struct Item final : ns3::QueueDiscItem {
    Item(std::uint64_t number, std::uint32_t bytes, std::uint32_t of_flow)
        : QueueDiscItem(ns3::Create<ns3::Packet>(bytes), ns3::Address(), 0),
          token(number),
          flow(of_flow) {}
    void AddHeader() override {}
    bool Mark() override { return false; }
    std::uint32_t Hash(std::uint32_t) const override { return flow; }
    std::uint64_t token;
    std::uint32_t flow;
};

struct Arrival {
    Duration at{};
    std::uint32_t bytes = 0;
    std::uint32_t flow = 0;
};

/// Bursts of Poisson arrivals above and below what the line carries, and pauses.
std::vector<Arrival> some_arrivals(std::size_t count, std::uint32_t flows) {
    Random random(17);
    std::vector<Arrival> arrivals;
    Duration now{};
    for (std::size_t i = 0; i < count; ++i) {
        const bool crowded = i / 2'000 % 2 == 0;
        now += random.exponential(crowded ? microseconds(750) : microseconds(1'300));
        arrivals.push_back({now, 600 + random.below(900), random.below(flows)});
    }
    return arrivals;
}

struct Course {
    std::vector<std::uint64_t> sent;
    std::vector<double> waits;  ///< Of those. Units: ms.

    [[nodiscard]] double mean_wait() const {
        double sum = 0.0;
        for (const double wait : waits) sum += wait;
        return sum / static_cast<double>(waits.size());
    }
};

constexpr BitRate line_rate{10'000'000};
constexpr std::uint32_t room = 1'000;

Course of_ours(const Queue& settings, const std::vector<Arrival>& arrivals) {
    ActiveQueue queue(settings, {.packets = room}, 1'500);
    RateLine line(line_rate);
    Course course;
    Instant free_at = run_start;
    const auto serve_until = [&](Instant until) {
        while (!queue.empty() && free_at < until) {
            Dropped dropped;
            const auto next = queue.pop(free_at, dropped);
            if (!next) return;
            course.sent.push_back(next->token);
            course.waits.push_back(
                std::chrono::duration<double, std::milli>(free_at - next->enqueued).count());
            free_at = line.departure(free_at, next->bytes);
        }
    };
    for (std::size_t i = 0; i < arrivals.size(); ++i) {
        const Instant now = run_start + arrivals[i].at;
        serve_until(now);
        free_at = std::max(free_at, now);
        Dropped dropped;
        queue.push(now, {.token = i, .bytes = arrivals[i].bytes, .flow = arrivals[i].flow},
                   dropped);
    }
    serve_until(never);
    return course;
}

/// The same line behind one of ns-3's queue discs.
Course of_ns3(const ns3::Ptr<ns3::QueueDisc>& disc, const std::vector<Arrival>& arrivals) {
    disc->SetMaxSize(ns3::QueueSize(ns3::QueueSizeUnit::PACKETS, room));
    disc->Initialize();
    Course course;
    bool busy = false;
    std::function<void()> serve = [&] {
        const ns3::Ptr<ns3::QueueDiscItem> next = disc->Dequeue();
        busy = next != nullptr;
        if (!busy) return;
        course.sent.push_back(ns3::StaticCast<Item>(next)->token);
        course.waits.push_back((ns3::Simulator::Now() - next->GetTimeStamp()).GetSeconds() * 1e3);
        ns3::Simulator::Schedule(
            ns3::NanoSeconds(serialisation(line_rate, next->GetSize()).count()), serve);
    };
    for (std::size_t i = 0; i < arrivals.size(); ++i) {
        ns3::Simulator::Schedule(ns3::NanoSeconds(arrivals[i].at.count()), [&, i] {
            disc->Enqueue(ns3::Create<Item>(i, arrivals[i].bytes, arrivals[i].flow));
            if (!busy) serve();
        });
    }
    ns3::Simulator::Run();
    ns3::Simulator::Destroy();
    return course;
}

constexpr std::size_t packets = 40'000;

// ns-3 takes one step of Newton's method per drop for the square root, as Linux does: its second
// drop comes after a half of an interval, where RFC 8289 has 0.71. Over many drops that fades.
TEST(CoDel, DropsWhatTheOneOfNs3Drops) {
    const auto arrivals = some_arrivals(packets, 1);
    const Course ours = of_ours(CoDel{}, arrivals);
    const auto disc = ns3::CreateObject<ns3::CoDelQueueDisc>();
    // RFC 8289 leaves a queue alone that holds one packet; ns-3 one that holds less than this.
    disc->SetAttribute("MinBytes", ns3::UintegerValue(1'501));
    const Course theirs = of_ns3(disc, arrivals);
    const auto dropped = static_cast<double>(packets - ours.sent.size());
    EXPECT_GT(dropped, 700.0);
    EXPECT_NEAR(dropped, static_cast<double>(packets - theirs.sent.size()), 0.03 * dropped);
    EXPECT_NEAR(ours.mean_wait(), theirs.mean_wait(), 0.03 * theirs.mean_wait());
}

TEST(FqCoDel, SharesAndDropsLikeTheOneOfNs3) {
    const auto arrivals = some_arrivals(packets, 5);
    const Course ours = of_ours(FqCoDel{}, arrivals);
    const auto disc = ns3::CreateObject<ns3::FqCoDelQueueDisc>();
    disc->SetQuantum(1'514);
    const Course theirs = of_ns3(disc, arrivals);
    const auto dropped = static_cast<double>(packets - ours.sent.size());
    EXPECT_GT(dropped, 100.0);
    EXPECT_NEAR(dropped, static_cast<double>(packets - theirs.sent.size()), 0.05 * dropped);
    EXPECT_NEAR(ours.mean_wait(), theirs.mean_wait(), 0.04 * theirs.mean_wait());
}

struct Streams : OverEachTcp {};
OVER_EACH_STACK(Streams);

/// How long a client's ping waits behind its own download.
Duration ping_behind_a_download(const Stack& stack, const Queue& queue) {
    World world(stack, Link{.rate = BitRate{4'000'000},
                            .delay = milliseconds(10),
                            .queue_packets = 1'000,
                            .queue = queue});
    Lanes& link = world.lanes();
    const MachineId phone = world.network.attach({&link.up, &link.down, world.phones, world.home});
    const auto download = world.connect(phone);
    const auto ping = world.connect(phone);
    world.run_for(seconds(1));
    Recorder& source = *world.listener.connections.at(0);
    Recorder& answering = *world.listener.connections.at(1);
    std::size_t rest = 3'000'000;
    const auto write = [&] {
        while (rest > 0) {
            const std::size_t taken =
                source.stream->send(bytes(std::min<std::size_t>(rest, 1u << 16)));
            if (taken == 0) return;
            rest -= taken;
        }
    };
    source.when_writable = write;
    answering.when_readable = [&] { send(*answering.stream, 100); };
    write();
    world.run_for(seconds(4));
    const Instant asked = world.simulation.now();
    send(*ping->stream, 100);
    world.run_for(seconds(60));
    EXPECT_EQ(ping->received, 100u);
    EXPECT_EQ(download->received, 3'000'000u);
    const PacketCounts counts = world.network.packets();
    EXPECT_TRUE(counts.conserved());
    EXPECT_EQ(counts.under_way, 0u);
    if (is_active(queue)) {
        EXPECT_GT(counts.queue, 0u);
    }
    const std::uint64_t before = world.simulation.events();
    world.run_for(hours(24 * 365));
    EXPECT_EQ(world.simulation.events(), before);
    return ping->last_byte_at - asked;
}

TEST_P(Streams, WaitLessBehindCoDelAndHardlyBehindFqCoDel) {
    const Duration tail = ping_behind_a_download(GetParam(), Queue{});
    const Duration codel = ping_behind_a_download(GetParam(), CoDel{});
    const Duration fair = ping_behind_a_download(GetParam(), FqCoDel{});
    EXPECT_GT(tail, milliseconds(200));
    EXPECT_LT(codel, tail / 2);
    EXPECT_LT(fair, milliseconds(30 + 5 + 5));  // The way there and back, and a packet or so.
}

TEST_P(Streams, AClientThatVanishesLeavesItsPacketsToTheirQueue) {
    World world(GetParam(),
                Link{.rate = BitRate{1'000'000}, .delay = milliseconds(10), .queue = FqCoDel{}});
    const MachineId phone = world.attach();
    const auto client = world.connect(phone);
    world.run_for(seconds(1));
    send(*world.listener.connections.at(0)->stream, 60'000);
    send(*client->stream, 60'000);
    world.run_for(milliseconds(100));
    world.network.vanish(phone);
    const auto next = world.connect(world.attach());
    world.run_for(hours(1));
    EXPECT_EQ(next->log, "c");
    const PacketCounts counts = world.network.packets();
    EXPECT_TRUE(counts.conserved());
    EXPECT_EQ(counts.under_way, 0u);
    EXPECT_GT(counts.vanished, 5u);
}

}  // namespace
}  // namespace reshake::net::test
