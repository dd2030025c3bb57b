#include "sim/host/compute_queue.h"

#include <utility>

#include "sim/base/check.h"

namespace reshake::host {

ComputeQueue::ComputeQueue(net::Simulation& simulation, std::uint32_t cores)
    : simulation_(simulation), serving_(cores, nullptr) {
    RESHAKE_CHECK(cores > 0);
    for (std::uint32_t core = cores; core > 0; --core) free_.push_back(core - 1);
}

void ComputeQueue::submit(Job& job) {
    RESHAKE_CHECK(job.place_ == Job::Place::outside);
    if (free_.empty()) {
        job.place_ = Job::Place::waiting;
        job.number_ = first_waiting_ + waiting_.size();
        waiting_.push_back(&job);
        return;
    }
    const std::uint32_t core = free_.back();
    free_.pop_back();
    start(job, core);
}

void ComputeQueue::start(Job& job, std::uint32_t core) {
    job.place_ = Job::Place::in_service;
    job.number_ = core;
    serving_[core] = &job;
    const Instant now = simulation_.now();
    const Duration cost = job.serve(now);
    RESHAKE_CHECK(cost >= Duration::zero());
    if (cost == Duration::zero()) {
        finish(core);
    } else {
        simulation_.at(now + cost, [this, core] { finish(core); });
    }
}

void ComputeQueue::finish(std::uint32_t core) {
    Job* const done = std::exchange(serving_[core], nullptr);
    free_.push_back(core);
    if (done != nullptr) done->place_ = Job::Place::outside;
    // The next in line goes first: `paid` may submit more work, which has to queue behind it.
    while (!waiting_.empty() && !free_.empty()) {
        Job* const next = waiting_.front();
        waiting_.pop_front();
        ++first_waiting_;
        if (next == nullptr) continue;
        const std::uint32_t freed = free_.back();
        free_.pop_back();
        start(*next, freed);
    }
    if (done != nullptr) done->paid(simulation_.now());
}

void ComputeQueue::withdraw(Job& job) noexcept {
    switch (job.place_) {
        case Job::Place::outside:
            return;
        case Job::Place::waiting:
            waiting_[static_cast<std::size_t>(job.number_ - first_waiting_)] = nullptr;
            break;
        case Job::Place::in_service:
            serving_[static_cast<std::size_t>(job.number_)] = nullptr;
            break;
    }
    job.place_ = Job::Place::outside;
}

}  // namespace reshake::host
