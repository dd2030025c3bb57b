// What streams have to tell their users, told when ns-3 is not on the stack.
//
// A user may do anything in a call: send, close, destroy the stream. Deep in ns-3's handling of a
// segment that would pull the socket away from under it, so sockets only leave a notice, and the
// notices are read out when the packet has been dealt with.
#pragma once

#include <cstddef>
#include <memory>
#include <vector>

#include <ns3/event-id.h>

#include "sim/net/stream.h"

namespace reshake::net {

/// Has something to tell. Destroyed at any time, also while it tells.
class Herald {
public:
    virtual ~Herald() = default;
    virtual void tell() = 0;
};

class Notices {
public:
    Notices() = default;
    ~Notices();
    Notices(const Notices&) = delete;
    Notices& operator=(const Notices&) = delete;

    /// `herald` will be asked to tell, after those that were posted before.
    void post(Herald& herald);
    /// `stream` will be handed to `acceptor`, which must outlive this.
    void post_arrival(std::unique_ptr<Stream> stream, Acceptor& acceptor);
    void withdraw(const Herald& herald) noexcept;

    /// Between these two nobody needs to be woken: notices are read out at the end.
    void packet_begins() noexcept { within_packet_ = true; }
    void packet_ends();

private:
    struct Entry {
        Herald* herald = nullptr;
        std::unique_ptr<Stream> arrival;
        Acceptor* acceptor = nullptr;
    };
    class Wake;

    void wake();
    void read_out();

    std::vector<Entry> entries_;
    ns3::EventId wake_;
    bool within_packet_ = false;
    bool reading_ = false;
};

}  // namespace reshake::net
