#include "models/active_queue.h"

#include <algorithm>
#include <cmath>

#include "sim/base/check.h"

namespace reshake {
namespace {

std::variant<CoDelQueue, FqCoDelQueue> queue_of(const Queue& settings, std::uint32_t max_packet) {
    if (const auto* fair = std::get_if<FqCoDel>(&settings)) return FqCoDelQueue(*fair, max_packet);
    const auto& codel = std::get<CoDel>(settings);
    return CoDelQueue(codel.target, codel.interval, max_packet);
}

}  // namespace

void CoDelQueue::push(const QueuedPacket& packet) {
    packets_.push_back(packet);
    bytes_ += packet.bytes;
}

QueuedPacket CoDelQueue::pop_front() {
    const QueuedPacket packet = packets_.front();
    packets_.pop_front();
    bytes_ -= packet.bytes;
    return packet;
}

Instant CoDelQueue::control_law(Instant from) const noexcept {
    // IEEE 754 rounds a square root and a quotient correctly: the same on every machine.
    const double wait = static_cast<double>(interval_.count()) / std::sqrt(count_);
    return from + Duration(static_cast<std::int64_t>(wait));
}

std::optional<QueuedPacket> CoDelQueue::take(Instant now, bool& too_long) {
    too_long = false;
    if (packets_.empty()) {
        first_above_.reset();
        return std::nullopt;
    }
    const QueuedPacket packet = pop_front();
    if (now - packet.enqueued < target_ || bytes_ <= max_packet_) {
        first_above_.reset();
    } else if (!first_above_) {
        first_above_ = now + interval_;
    } else {
        too_long = now >= *first_above_;
    }
    return packet;
}

std::optional<QueuedPacket> CoDelQueue::pop(Instant now, Dropped& dropped) {
    bool too_long = false;
    std::optional<QueuedPacket> packet = take(now, too_long);
    if (dropping_) {
        if (!too_long) dropping_ = false;
        while (dropping_ && now >= drop_next_) {
            dropped.push_back(packet->token);
            ++count_;
            packet = take(now, too_long);
            if (too_long) {
                drop_next_ = control_law(drop_next_);
            } else {
                dropping_ = false;
            }
        }
    } else if (too_long) {
        dropped.push_back(packet->token);
        packet = take(now, too_long);
        dropping_ = true;
        // A state that was left a moment ago goes on with about the rate that it had.
        const std::uint32_t delta = count_ - last_count_;
        count_ = delta > 1 && now - drop_next_ < 16 * interval_ ? delta : 1;
        drop_next_ = control_law(now);
        last_count_ = count_;
    }
    return packet;
}

FqCoDelQueue::FqCoDelQueue(const FqCoDel& settings, std::uint32_t max_packet)
    : settings_(settings), max_packet_(max_packet) {}

FqCoDelQueue::Flow& FqCoDelQueue::flow_of(std::uint32_t hash) {
    const std::uint32_t bucket = hash % settings_.flows;
    const auto found = std::ranges::find(flows_, bucket, &Flow::bucket);
    if (found != flows_.end()) return *found;
    // One that is empty is as good as new, but for CoDel's memory, which is its bucket's.
    return flows_.emplace_back(
        Flow{.bucket = bucket, .queue = {settings_.target, settings_.interval, max_packet_}});
}

void FqCoDelQueue::push(const QueuedPacket& packet) {
    Flow& flow = flow_of(packet.flow);
    flow.queue.push(packet);
    ++size_;
    bytes_ += packet.bytes;
    if (flow.waits) return;
    flow.waits = true;
    flow.credits = settings_.quantum;
    new_.push_back(&flow);
}

std::optional<QueuedPacket> FqCoDelQueue::pop(Instant now, Dropped& dropped) {
    while (!new_.empty() || !old_.empty()) {
        const bool of_new = !new_.empty();
        std::deque<Flow*>& list = of_new ? new_ : old_;
        Flow& flow = *list.front();
        if (flow.credits <= 0) {
            flow.credits += settings_.quantum;
            list.pop_front();
            old_.push_back(&flow);
            continue;
        }
        const std::size_t packets = flow.queue.size();
        const std::uint64_t bytes = flow.queue.bytes();
        const auto packet = flow.queue.pop(now, dropped);
        size_ -= packets - flow.queue.size();
        bytes_ -= bytes - flow.queue.bytes();
        if (packet) {
            flow.credits -= packet->bytes;
            return packet;
        }
        list.pop_front();
        // A new flow that is empty waits behind the old ones, or it would always be first.
        if (of_new && !old_.empty()) {
            old_.push_back(&flow);
        } else {
            flow.waits = false;
        }
    }
    return std::nullopt;
}

void FqCoDelQueue::shed(Dropped& dropped) {
    const auto fattest =
        std::ranges::max_element(flows_, {}, [](const Flow& flow) { return flow.queue.bytes(); });
    constexpr std::size_t most = 64;
    for (std::size_t count = std::clamp<std::size_t>(fattest->queue.size() / 2, 1, most); count > 0;
         --count) {
        const QueuedPacket packet = fattest->queue.pop_front();
        dropped.push_back(packet.token);
        --size_;
        bytes_ -= packet.bytes;
    }
}

ActiveQueue::ActiveQueue(const Queue& settings, const Limit& limit, std::uint32_t max_packet)
    : limit_(limit), queue_(queue_of(settings, max_packet)) {}

std::size_t ActiveQueue::size() const noexcept {
    return std::visit([](const auto& queue) { return queue.size(); }, queue_);
}

bool ActiveQueue::overfull() const noexcept {
    if (!limit_.bytes) return size() > limit_.packets;
    return std::visit([](const auto& queue) { return queue.bytes(); }, queue_) > *limit_.bytes;
}

void ActiveQueue::push(Instant now, QueuedPacket packet, Dropped& dropped) {
    packet.enqueued = now;
    if (auto* const fair = std::get_if<FqCoDelQueue>(&queue_)) {
        fair->push(packet);
        while (overfull()) fair->shed(dropped);
        return;
    }
    auto& queue = std::get<CoDelQueue>(queue_);
    const bool room = limit_.bytes ? queue.bytes() + packet.bytes <= *limit_.bytes
                                   : queue.size() < limit_.packets;
    if (room) {
        queue.push(packet);
    } else {
        dropped.push_back(packet.token);
    }
}

std::optional<QueuedPacket> ActiveQueue::pop(Instant now, Dropped& dropped) {
    return std::visit([&](auto& queue) { return queue.pop(now, dropped); }, queue_);
}

}  // namespace reshake
