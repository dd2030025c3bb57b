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
        join_line(job);
    } else {
        start(job);
    }
}

void ComputeQueue::start(Job& job) {
    const std::uint32_t core = free_.back();
    free_.pop_back();
    job.place_ = Job::Place::in_service;
    job.core_ = core;
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
    while (first_waiting_ != nullptr && !free_.empty()) {
        Job& next = *first_waiting_;
        leave_line(next);
        start(next);
    }
    if (done != nullptr) done->paid(simulation_.now());
}

void ComputeQueue::withdraw(Job& job) noexcept {
    switch (job.place_) {
        case Job::Place::outside:
            return;
        case Job::Place::waiting:
            leave_line(job);
            break;
        case Job::Place::in_service:
            serving_[job.core_] = nullptr;
            break;
    }
    job.place_ = Job::Place::outside;
}

void ComputeQueue::join_line(Job& job) noexcept {
    job.place_ = Job::Place::waiting;
    job.ahead_ = last_waiting_;
    job.behind_ = nullptr;
    (last_waiting_ != nullptr ? last_waiting_->behind_ : first_waiting_) = &job;
    last_waiting_ = &job;
}

void ComputeQueue::leave_line(Job& job) noexcept {
    (job.ahead_ != nullptr ? job.ahead_->behind_ : first_waiting_) = job.behind_;
    (job.behind_ != nullptr ? job.behind_->ahead_ : last_waiting_) = job.ahead_;
}

}  // namespace reshake::host
