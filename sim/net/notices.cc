#include "sim/net/notices.h"

#include <utility>

#include "sim/net/ns3_time.h"

namespace reshake::net {

class Notices::Wake final : public ns3::EventImpl {
public:
    explicit Wake(Notices& notices) : notices_(notices) {}

private:
    void Notify() override { notices_.read_out(); }

    Notices& notices_;
};

Notices::~Notices() { wake_.Cancel(); }

void Notices::post(Herald& herald) {
    entries_.push_back({.herald = &herald, .arrival = nullptr});
    wake();
}

void Notices::post_arrival(std::unique_ptr<Stream> stream, Acceptor& acceptor) {
    entries_.push_back({.arrival = std::move(stream), .acceptor = &acceptor});
    wake();
}

void Notices::withdraw(const Herald& herald) noexcept {
    for (Entry& entry : entries_) {
        if (entry.herald == &herald) entry.herald = nullptr;
    }
}

void Notices::wake() {
    if (within_packet_ || reading_ || wake_.IsRunning()) return;
    wake_ = schedule<Wake>(Duration::zero(), *this);
}

void Notices::packet_ends() {
    within_packet_ = false;
    read_out();
}

void Notices::read_out() {
    reading_ = true;
    std::size_t next = 0;
    while (next < entries_.size()) {  // What is told leads to more.
        Entry entry = std::move(entries_[next++]);
        if (entry.herald != nullptr) {
            entry.herald->tell();
        } else if (entry.arrival != nullptr) {
            entry.acceptor->on_accept(std::move(entry.arrival));
        }
    }
    entries_.clear();
    reading_ = false;
}

}  // namespace reshake::net
