// A stream over a socket: bytes go straight through, news wait for their moment.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <span>

#include <ns3/ptr.h>

#include "sim/net/notices.h"
#include "sim/net/stream.h"
#include "sim/net/stream_socket.h"

namespace reshake::net {

class TcpStream final : public Stream, private SocketUser, private Herald {
public:
    /// `notices` must outlive the stream, or take leave with `detach`.
    TcpStream(const ns3::Ptr<StreamSocket>& socket, Notices& notices);
    ~TcpStream() override;
    TcpStream(const TcpStream&) = delete;
    TcpStream& operator=(const TcpStream&) = delete;

    /// A connection that could not even begin.
    void refuse() { broken(StreamEnd::reset); }

    void listen_to(StreamEvents& events) override { events_ = &events; }
    [[nodiscard]] std::uint64_t connection() const noexcept override {
        return socket_->connection();
    }
    [[nodiscard]] FastOpenReport fast_open() const override { return socket_->fast_open(); }
    std::size_t send(std::span<const std::byte> bytes) override;
    std::size_t receive(ByteQueue& into) override;
    void finish() override;
    void abort() override;

private:
    void established() override { note(connected_); }
    void bytes_arrived() override { note(readable_); }
    void room_available() override { note(writable_); }
    void peer_finished() override { note(finished_); }
    void broken(StreamEnd end) override;

    void note(bool& news);
    void tell() override;
    [[nodiscard]] bool tell_next();

    ns3::Ptr<StreamSocket> socket_;
    Notices& notices_;
    StreamEvents* events_ = nullptr;
    bool posted_ = false;
    bool connected_ = false;
    bool readable_ = false;
    bool writable_ = false;
    bool finished_ = false;
    std::optional<StreamEnd> broken_;
    bool* destroyed_ = nullptr;  ///< Set while the user is being told.
};

}  // namespace reshake::net
