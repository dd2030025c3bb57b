// Writes down what one server's kernel does because its queues are full.
#pragma once

#include <cstddef>
#include <cstdint>

#include "sim/history/history.h"
#include "sim/net/backlog.h"
#include "sim/net/simulation.h"

namespace reshake::host {

class OverloadLog final : public net::OverflowWitness {
public:
    /// `simulation` and `table` must outlive the log. `server` counts from 1, as in paths.
    OverloadLog(const net::Simulation& simulation, history::Table<history::Overload>& table,
                std::size_t site, std::uint32_t server) noexcept
        : simulation_(simulation),
          table_(table),
          site_(static_cast<std::uint16_t>(site)),
          server_(static_cast<std::uint16_t>(server)) {}
    OverloadLog(const OverloadLog&) = delete;
    OverloadLog& operator=(const OverloadLog&) = delete;

    void overflowed(net::Overflow what) override {
        table_.add({.at = simulation_.now() - run_start,
                    .site = site_,
                    .server = server_,
                    .event = event_of(what)});
    }

private:
    static history::OverloadEvent event_of(net::Overflow what) noexcept {
        using history::OverloadEvent;
        switch (what) {
            case net::Overflow::syn_dropped:
                return OverloadEvent::syn_dropped;
            case net::Overflow::syn_queue_full:
                return OverloadEvent::syn_queue_full;
            case net::Overflow::syn_cookie:
                return OverloadEvent::syn_cookie;
            case net::Overflow::ack_ignored:
                return OverloadEvent::ack_ignored;
            case net::Overflow::ack_reset:
                break;
        }
        return OverloadEvent::ack_reset;
    }

    const net::Simulation& simulation_;
    history::Table<history::Overload>& table_;
    std::uint16_t site_;
    std::uint16_t server_;
};

}  // namespace reshake::host
