// One end of a TCP connection as its user sees it: bytes in, bytes out, and how it ended.
//
// Source: RFC 9293 section 3.9 (user interface).
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

#include "sim/base/byte_queue.h"
#include "sim/net/fast_open.h"

namespace reshake::net {

/// How a stream's incoming side, or the whole stream, came to its end.
enum class StreamEnd {
    fin,      ///< The peer closed in good order; sending is still possible.
    reset,    ///< A RST arrived.
    timeout,  ///< Retransmission gave up, the SYN's included.
};

/// Calls arrive from the run loop, never from within a call to the stream itself. The owner may
/// destroy the stream inside any of them.
class StreamEvents {
public:
    virtual ~StreamEvents() = default;
    virtual void on_connected() = 0;
    /// Bytes can be received.
    virtual void on_readable() = 0;
    /// Room to send has become available after `send` took less than it was given.
    virtual void on_writable() = 0;
    virtual void on_end(StreamEnd end) = 0;
};

class Stream {
public:
    virtual ~Stream() = default;

    /// Names who hears of the stream from now on; `events` must outlive it.
    virtual void listen_to(StreamEvents& events) = 0;

    /// A number that both ends of a connection share and no other open connection has (made of the
    /// client's machine and port).
    [[nodiscard]] virtual std::uint64_t connection() const noexcept = 0;

    /// Of the client's end; the server's says nothing.
    [[nodiscard]] virtual FastOpenReport fast_open() const = 0;

    /// Queues bytes to send; returns how many were taken.
    virtual std::size_t send(std::span<const std::byte> bytes) = 0;
    /// Moves everything that has arrived to the end of `into`; returns how many bytes.
    virtual std::size_t receive(ByteQueue& into) = 0;
    /// No more to send: FIN after what was queued. What arrives can still be received.
    virtual void finish() = 0;
    /// RST at once.
    virtual void abort() = 0;
};

/// Takes the connections of a listening machine.
class Acceptor {
public:
    virtual ~Acceptor() = default;
    /// The handshake of TCP is complete, or its SYN has brought data that were taken. The taker
    /// calls `stream->listen_to(events)` before it returns, and owns the stream from here.
    virtual void on_accept(std::unique_ptr<Stream> stream) = 0;
};

}  // namespace reshake::net
