#include "sim/host/compute_queue.h"

#include <gtest/gtest.h>

#include <functional>
#include <iterator>
#include <list>
#include <numeric>
#include <vector>

namespace reshake::host {
namespace {

using namespace std::chrono_literals;

class Work final : public Job {
public:
    explicit Work(Duration cost, std::function<void()> then = {})
        : cost_(cost), then_(std::move(then)) {}

    Duration serve(Instant now) override {
        served = now;
        return cost_;
    }
    void paid(Instant now) override {
        done = now;
        if (then_) then_();
    }

    Instant served = never;
    Instant done = never;

private:
    Duration cost_;
    std::function<void()> then_;
};

TEST(ComputeQueue, AFreeCoreServesAtOnceAndIsPaidWhenTheCostHasPassed) {
    net::Simulation simulation;
    ComputeQueue queue(simulation, 1);
    Work work(3ms);
    queue.submit(work);
    EXPECT_EQ(work.served, run_start);
    EXPECT_EQ(work.done, never);
    simulation.run_until(run_start + 1s);
    EXPECT_EQ(work.done, run_start + 3ms);
}

TEST(ComputeQueue, KCoresServeKJobsAtATimeInOrderOfArrival) {
    net::Simulation simulation;
    ComputeQueue queue(simulation, 2);
    std::list<Work> jobs;
    for (int i = 0; i < 5; ++i) queue.submit(jobs.emplace_back(10ms));
    simulation.run_until(run_start + 1s);
    std::vector<Duration> waits;
    for (const Work& job : jobs) waits.push_back(job.served - run_start);
    EXPECT_EQ(waits, (std::vector<Duration>{0ms, 0ms, 10ms, 10ms, 20ms}));
}

TEST(ComputeQueue, WorkThatCostsNothingIsPaidBeforeSubmitReturns) {
    net::Simulation simulation;
    ComputeQueue queue(simulation, 1);
    Work work(0ms);
    queue.submit(work);
    EXPECT_EQ(work.done, run_start);
    EXPECT_FALSE(ComputeQueue::holds(work));
}

TEST(ComputeQueue, WorkThatSubmitsAgainQueuesBehindThoseWhoWait) {
    net::Simulation simulation;
    ComputeQueue queue(simulation, 1);
    int turns = 0;
    Work first(1ms, [&] {
        if (++turns == 1) queue.submit(first);
    });
    Work second(1ms);
    queue.submit(first);
    queue.submit(second);
    simulation.run_until(run_start + 1s);
    EXPECT_EQ(second.served, run_start + 1ms);
    EXPECT_EQ(first.served, run_start + 2ms);
}

TEST(ComputeQueue, ALineOfWorkThatCostsNothingIsPaidInItsOrderHoweverLong) {
    net::Simulation simulation;
    ComputeQueue queue(simulation, 1);
    constexpr int length = 200'000;  // Far more than a stack holds frames.
    std::vector<int> paid;
    std::list<Work> jobs;
    queue.submit(jobs.emplace_back(1ms));
    for (int i = 0; i < length; ++i) {
        queue.submit(jobs.emplace_back(0ms, [&paid, i] { paid.push_back(i); }));
    }
    simulation.run_until(run_start + 1s);
    std::vector<int> expected(length);
    std::iota(expected.begin(), expected.end(), 0);
    EXPECT_EQ(paid, expected);
    EXPECT_EQ(jobs.back().done, run_start + 1ms);
}

TEST(ComputeQueue, WorkThatCostsNothingAndSubmitsAgainQueuesBehindThoseWhoWait) {
    net::Simulation simulation;
    ComputeQueue queue(simulation, 1);
    std::vector<int> paid;
    Work again(0ms, [&] { paid.push_back(2); });
    Work first(0ms, [&] {
        paid.push_back(0);
        queue.submit(again);
    });
    Work second(0ms, [&] { paid.push_back(1); });
    queue.pause();
    queue.submit(first);
    queue.submit(second);
    queue.resume();
    EXPECT_EQ(paid, (std::vector<int>{0, 1, 2}));
}

TEST(ComputeQueue, WithdrawnWorkIsNeitherServedNorPaidButItsCoreStaysBusy) {
    net::Simulation simulation;
    ComputeQueue queue(simulation, 1);
    Work in_service(5ms);
    Work waiting(5ms);
    Work last(5ms);
    queue.submit(in_service);
    queue.submit(waiting);
    queue.submit(last);
    queue.withdraw(in_service);
    queue.withdraw(waiting);
    simulation.run_until(run_start + 1s);
    EXPECT_EQ(in_service.done, never);
    EXPECT_EQ(waiting.served, never);
    EXPECT_EQ(last.served, run_start + 5ms);
}

TEST(ComputeQueue, WhoeverLeavesTheLineTheOthersKeepTheirOrder) {
    for (int leaver = 1; leaver <= 3; ++leaver) {
        net::Simulation simulation;
        ComputeQueue queue(simulation, 1);
        std::vector<int> order;
        std::list<Work> jobs;
        for (int i = 0; i < 4; ++i) {
            queue.submit(jobs.emplace_back(1ms, [&order, i] { order.push_back(i); }));
        }
        queue.withdraw(*std::next(jobs.begin(), leaver));
        queue.submit(jobs.emplace_back(1ms, [&order] { order.push_back(4); }));
        simulation.run_until(run_start + 1s);
        std::vector<int> expected{0, 1, 2, 3, 4};
        std::erase(expected, leaver);
        EXPECT_EQ(order, expected);
    }
}

}  // namespace
}  // namespace reshake::host
