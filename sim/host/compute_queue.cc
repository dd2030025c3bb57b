#include "sim/host/compute_queue.h"

#include <algorithm>
#include <utility>

#include "sim/base/check.h"

namespace reshake::host {

ComputeQueue::ComputeQueue(net::Simulation& simulation, std::uint32_t cores, QueueOrder order)
    : simulation_(simulation), order_(order), serving_(cores, nullptr), done_at_(cores, never) {
    RESHAKE_CHECK(cores > 0);
    for (std::uint32_t core = cores; core > 0; --core) free_.push_back(core - 1);
}

void ComputeQueue::submit(Job& job) {
    RESHAKE_CHECK(job.place_ == Job::Place::outside);
    // Where work that costs nothing is paid, a core may be free although others still wait.
    if (first_waiting_ != nullptr || !can_start()) {
        join_line(job);
        return;
    }
    start(job);
    serve_line();
}

bool ComputeQueue::can_start() const noexcept {
    if (free_.empty() || paused_ > 0) return false;
    if (taken_ == 0) return true;
    const std::size_t busy = serving_.size() - free_.size();
    return busy == 0 || busy + taken_ < serving_.size();
}

void ComputeQueue::start(Job& job) {
    const std::uint32_t core = free_.back();
    free_.pop_back();
    job.place_ = Job::Place::in_service;
    job.core_ = core;
    serving_[core] = &job;
    const Instant now = simulation_.now();
    Duration cost = job.serve(now);
    RESHAKE_CHECK(cost >= Duration::zero());
    for (const double load : loads_) {
        cost =
            Duration{static_cast<std::int64_t>(static_cast<double>(cost.count()) / (1.0 - load))};
    }
    if (cost > Duration::zero()) {
        finish_at(core, now + cost);
    } else if (Job* const done = vacate(core); done != nullptr) {
        done->paid(now);
    }
}

void ComputeQueue::finish_at(std::uint32_t core, Instant when) {
    done_at_[core] = when;
    simulation_.at(when, [this, core, pauses = pauses_] {
        if (pauses == pauses_) finish(core);
    });
}

void ComputeQueue::pause() {
    if (paused_++ > 0) return;
    paused_at_ = simulation_.now();
    ++pauses_;
}

void ComputeQueue::resume() {
    RESHAKE_CHECK(paused_ > 0);
    if (--paused_ > 0) return;
    const Duration stood_still = simulation_.now() - paused_at_;
    for (std::uint32_t core = 0; core < done_at_.size(); ++core) {
        if (done_at_[core] != never) finish_at(core, done_at_[core] + stood_still);
    }
    serve_line();
}

void ComputeQueue::burden(double load, std::uint32_t cores) {
    loads_.push_back(load);
    taken_ += cores;
}

void ComputeQueue::relieve(double load, std::uint32_t cores) {
    const auto found = std::ranges::find(loads_, load);
    RESHAKE_CHECK(found != loads_.end() && taken_ >= cores);
    loads_.erase(found);
    taken_ -= cores;
    serve_line();
}

void ComputeQueue::serve_line() {
    while (first_waiting_ != nullptr && can_start()) {
        Job& next = *first_waiting_;
        leave_line(next);
        start(next);
    }
}

Job* ComputeQueue::vacate(std::uint32_t core) noexcept {
    Job* const done = std::exchange(serving_[core], nullptr);
    done_at_[core] = never;
    free_.push_back(core);
    if (done != nullptr) done->place_ = Job::Place::outside;
    return done;
}

void ComputeQueue::finish(std::uint32_t core) {
    Job* const done = vacate(core);
    // The next in line goes first: `paid` may submit more work, which has to queue behind it.
    serve_line();
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
    if (order_ == QueueOrder::lifo) {
        job.ahead_ = nullptr;
        job.behind_ = first_waiting_;
        (first_waiting_ != nullptr ? first_waiting_->ahead_ : last_waiting_) = &job;
        first_waiting_ = &job;
        return;
    }
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
