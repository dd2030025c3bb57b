#include "sim/net/simulation.h"

#include <utility>

#include <ns3/simulator.h>

#include "sim/base/check.h"
#include "sim/net/ns3_time.h"

namespace reshake::net {
namespace {

bool simulation_alive = false;

/// Events of the run loop itself, which `events()` leaves out.
std::uint64_t housekeeping = 0;

class Action final : public ns3::EventImpl {
public:
    explicit Action(std::function<void()> action) : action_(std::move(action)) {}

private:
    void Notify() override { action_(); }

    std::function<void()> action_;
};

/// Ends `run_until`. Events at its own instant may lie behind it in the queue, and may ask for
/// more: it goes to the back of the queue until nothing came between.
class Halt final : public ns3::EventImpl {
public:
    explicit Halt(std::uint64_t seen) : seen_(seen) {}

private:
    void Notify() override {
        ++housekeeping;
        const std::uint64_t count = ns3::Simulator::GetEventCount();
        if (count == seen_ + 1) {
            ns3::Simulator::Stop();
        } else {
            schedule<Halt>(Duration::zero(), count);
        }
    }

    std::uint64_t seen_;
};

}  // namespace

Simulation::Simulation() {
    RESHAKE_CHECK(!simulation_alive);
    simulation_alive = true;
    housekeeping = 0;
}

Simulation::~Simulation() {
    ns3::Simulator::Destroy();
    simulation_alive = false;
}

Instant Simulation::now() const noexcept { return ns3_now(); }

void Simulation::at(Instant when, std::function<void()> action) {
    RESHAKE_CHECK(when >= now());
    schedule<Action>(when - now(), std::move(action));
}

void Simulation::run_until(Instant end) {
    RESHAKE_CHECK(end >= now());
    schedule<Halt>(end - now(), std::uint64_t{0});
    ns3::Simulator::Run();
    RESHAKE_CHECK(now() == end);
}

std::uint64_t Simulation::events() const noexcept {
    return ns3::Simulator::GetEventCount() - housekeeping;
}

struct Alarm::Impl {
    std::function<void()> action;
    ns3::EventId pending;
    bool* destroyed = nullptr;  ///< Set while the action runs, which may destroy the alarm.

    void ring() {
        pending = ns3::EventId();
        bool gone = false;
        destroyed = &gone;
        std::function<void()> running = std::move(action);
        running();
        if (gone) return;
        destroyed = nullptr;
        action = std::move(running);
    }
};

namespace {

class Ring final : public ns3::EventImpl {
public:
    Ring(void (*ring)(void*), void* alarm) : ring_(ring), alarm_(alarm) {}

private:
    void Notify() override { ring_(alarm_); }

    void (*ring_)(void*);
    void* alarm_;
};

}  // namespace

Alarm::Alarm(Simulation&, std::function<void()> action) : impl_(std::make_unique<Impl>()) {
    impl_->action = std::move(action);
}

Alarm::~Alarm() {
    clear();
    if (impl_->destroyed != nullptr) *impl_->destroyed = true;
}

void Alarm::set(Instant when) {
    RESHAKE_CHECK(when >= ns3_now());
    clear();
    impl_->pending = schedule<Ring>(
        when - ns3_now(), [](void* impl) { static_cast<Impl*>(impl)->ring(); }, impl_.get());
}

void Alarm::clear() noexcept {
    // Taken out of the queue, not only disarmed: an alarm that is moved often would fill it.
    if (impl_->pending.IsRunning()) ns3::Simulator::Remove(impl_->pending);
}

bool Alarm::pending() const noexcept { return impl_->pending.IsRunning(); }

const char* ns3_version() noexcept { return RESHAKE_NS3_VERSION; }

}  // namespace reshake::net
