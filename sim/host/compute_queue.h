// The cores of a machine and the work that waits for them.
//
// Source: first come, first served on k servers (Kendall: G/G/k).
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <vector>

#include "sim/base/time.h"
#include "sim/net/simulation.h"

namespace reshake::host {

/// Work that needs a core: done in one piece, its cost known only by doing it.
class Job {
public:
    virtual ~Job() = default;

    /// A core is free: do the work, and say how much CPU time it took.
    virtual Duration serve(Instant now) = 0;
    /// That time has passed: what the work produced may leave. May destroy the job.
    virtual void paid(Instant now) = 0;

private:
    friend class ComputeQueue;
    enum class Place { outside, waiting, in_service };
    Place place_ = Place::outside;
    std::uint64_t number_ = 0;  ///< In the queue if waiting; of the core if in service.
};

class ComputeQueue {
public:
    /// `simulation` must outlive the queue.
    ComputeQueue(net::Simulation& simulation, std::uint32_t cores);
    ComputeQueue(const ComputeQueue&) = delete;
    ComputeQueue& operator=(const ComputeQueue&) = delete;

    /// Queues `job`, which must be in no queue. If a core is free it is served before this returns,
    /// and paid as well if it cost nothing. `job` must outlive its stay or be withdrawn.
    void submit(Job& job);

    /// Forgets `job`, wherever it is. A core that has begun its work stays busy to the end of it.
    void withdraw(Job& job) noexcept;

    [[nodiscard]] Instant now() const noexcept { return simulation_.now(); }

    [[nodiscard]] static bool holds(const Job& job) noexcept {
        return job.place_ != Job::Place::outside;
    }

private:
    void start(Job& job, std::uint32_t core);
    void finish(std::uint32_t core);

    net::Simulation& simulation_;
    std::vector<Job*> serving_;          ///< By core; nullptr: withdrawn, or the core is free.
    std::vector<std::uint32_t> free_;    ///< Cores without work.
    std::deque<Job*> waiting_;           ///< nullptr: withdrawn.
    std::uint64_t first_waiting_ = 0;    ///< Number of waiting_.front().
};

}  // namespace reshake::host
