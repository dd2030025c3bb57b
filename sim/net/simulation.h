// The run loop: virtual time, and what happens when.
//
// One process holds one run (ns-3's simulator is process-wide), hence one Simulation at a time.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>

#include "sim/base/time.h"

namespace reshake::net {

/// Events at equal instants happen in the order in which they were asked for.
///
/// Errors: aborts if another Simulation is alive.
class Simulation final : public Clock {
public:
    Simulation();
    ~Simulation() override;
    Simulation(const Simulation&) = delete;
    Simulation& operator=(const Simulation&) = delete;

    [[nodiscard]] Instant now() const noexcept override;

    /// Calls `action` at `when`, which must not lie in the past.
    void at(Instant when, std::function<void()> action);

    /// Lets everything happen up to and including `end`; time stands at `end` afterwards.
    void run_until(Instant end);

    /// Events handled so far: what idle time costs is visible here.
    [[nodiscard]] std::uint64_t events() const noexcept;
};

/// An alarm that can be set, moved, and taken back. Destroying it takes it back, and its own action
/// may do so.
class Alarm {
public:
    /// `simulation` must outlive the alarm; `action` is called each time it rings.
    Alarm(Simulation& simulation, std::function<void()> action);
    ~Alarm();
    Alarm(const Alarm&) = delete;
    Alarm& operator=(const Alarm&) = delete;

    void set(Instant when);
    void clear() noexcept;
    [[nodiscard]] bool pending() const noexcept;

private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

/// Version of the ns-3 that is linked, e.g. "3.37".
[[nodiscard]] const char* ns3_version() noexcept;

}  // namespace reshake::net
