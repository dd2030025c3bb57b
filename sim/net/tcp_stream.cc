#include "sim/net/tcp_stream.h"

#include <utility>

#include "sim/base/check.h"

namespace reshake::net {

TcpStream::TcpStream(const ns3::Ptr<StreamSocket>& socket, Notices& notices)
    : socket_(socket), notices_(notices) {
    socket_->set_user(this);
}

TcpStream::~TcpStream() {
    if (posted_) notices_.withdraw(*this);
    if (destroyed_ != nullptr) *destroyed_ = true;
    socket_->orphan();
}

std::size_t TcpStream::send(std::span<const std::byte> bytes) { return socket_->write(bytes); }

std::size_t TcpStream::receive(ByteQueue& into) { return socket_->read(into); }

void TcpStream::finish() { socket_->finish(); }

void TcpStream::abort() {
    if (posted_) notices_.withdraw(*this);
    posted_ = connected_ = readable_ = writable_ = finished_ = false;
    broken_.reset();
    socket_->set_user(nullptr);
    socket_->reset();
}

void TcpStream::broken(StreamEnd end) {
    broken_ = end;
    if (!posted_) notices_.post(*this);
    posted_ = true;
}

void TcpStream::note(bool& news) {
    news = true;
    if (!posted_) notices_.post(*this);
    posted_ = true;
}

void TcpStream::tell() {
    posted_ = false;
    bool gone = false;
    destroyed_ = &gone;
    while (tell_next()) {
        if (gone) return;
    }
    if (!gone) destroyed_ = nullptr;
}

/// Tells one piece of news; false if there was none.
bool TcpStream::tell_next() {
    RESHAKE_CHECK(events_ != nullptr);
    if (std::exchange(connected_, false)) {
        events_->on_connected();
    } else if (std::exchange(readable_, false)) {
        events_->on_readable();
    } else if (std::exchange(writable_, false)) {
        events_->on_writable();
    } else if (std::exchange(finished_, false)) {
        events_->on_end(StreamEnd::fin);
    } else if (broken_) {
        events_->on_end(*std::exchange(broken_, std::nullopt));
    } else {
        return false;
    }
    return true;
}

}  // namespace reshake::net
