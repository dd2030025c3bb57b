// The cores of a machine and the work that waits for them.
//
// Source: first come, first served on k servers (Kendall: G/G/k); newest first where asked for.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "models/admission.h"
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
    std::uint32_t core_ = 0;  ///< If in service.
    Job* ahead_ = nullptr;    ///< If waiting: who comes before and after it; nullptr at the ends.
    Job* behind_ = nullptr;
};

class ComputeQueue {
public:
    /// `simulation` must outlive the queue.
    ComputeQueue(net::Simulation& simulation, std::uint32_t cores,
                 QueueOrder order = QueueOrder::fifo);
    ComputeQueue(const ComputeQueue&) = delete;
    ComputeQueue& operator=(const ComputeQueue&) = delete;

    /// Queues `job`, which must be in no queue. If a core is free and nobody waits it is served
    /// before this returns, and paid as well if it cost nothing. `job` must outlive its stay or be
    /// withdrawn.
    void submit(Job& job);

    /// Forgets `job`, wherever it is. A core that has begun its work stays busy to the end of it.
    void withdraw(Job& job) noexcept;

    // What faults do to the cores; all of it adds up, and is taken back one by one.

    /// All work stands still, what has begun included, until `resume`.
    void pause();
    void resume();
    [[nodiscard]] bool paused() const noexcept { return paused_ > 0; }
    /// Others have `load` of every core (0 to below 1), and `cores` for themselves; one is always
    /// left. What has begun is done as it began.
    void burden(double load, std::uint32_t cores);
    void relieve(double load, std::uint32_t cores);

    [[nodiscard]] Instant now() const noexcept { return simulation_.now(); }

    [[nodiscard]] static bool holds(const Job& job) noexcept {
        return job.place_ != Job::Place::outside;
    }

private:
    void start(Job& job);
    void finish(std::uint32_t core);
    /// Its core is free; returns what was done on it, unless that was withdrawn.
    Job* vacate(std::uint32_t core) noexcept;
    void finish_at(std::uint32_t core, Instant when);
    [[nodiscard]] bool can_start() const noexcept;
    void serve_line();
    void join_line(Job& job) noexcept;
    void leave_line(Job& job) noexcept;

    net::Simulation& simulation_;
    QueueOrder order_;
    std::vector<Job*> serving_;        ///< By core; nullptr: withdrawn, or the core is free.
    std::vector<std::uint32_t> free_;  ///< Cores without work.
    std::vector<Instant> done_at_;     ///< By core; `never`: it is free.
    std::vector<double> loads_;        ///< That are on.
    std::uint32_t taken_ = 0;          ///< Cores that others have.
    std::uint32_t paused_ = 0;
    std::uint64_t pauses_ = 0;  ///< So far: what was to be done at an instant is not, after one.
    Instant paused_at_ = run_start;
    // The line runs through the jobs themselves: an idle client, of which there may be a million,
    // holds no memory for it, and leaving it from the middle costs nothing.
    Job* first_waiting_ = nullptr;
    Job* last_waiting_ = nullptr;
};

}  // namespace reshake::host
