#include "sim/host/cache_server.h"

#include <algorithm>
#include <utility>

#include "sim/base/check.h"

namespace reshake::host {
namespace {

using history::CacheOperationKind;

/// Requests that wait while one is served: as many as Linux's default receive buffer
/// (net.core.rmem_default, 212,992 bytes) holds of small ones, each counted as 768.
constexpr std::size_t backlog = 277;

}  // namespace

CacheServer::CacheServer(const CacheSurroundings& surroundings, const SessionCache& settings,
                         Duration remember, Identity identity, net::MachineId machine)
    : surroundings_(surroundings),
      settings_(settings),
      identity_(identity),
      machine_(machine),
      store_(settings.capacity, settings.eviction, remember),
      served_(surroundings.simulation, [this] { on_served(); }) {
    open();
}

void CacheServer::open() { port_ = surroundings_.network.open_port(machine_, cache_port, *this); }

void CacheServer::take_down() {
    if (down_++ > 0) return;
    port_.reset();
    waiting_.clear();
    served_.clear();
}

void CacheServer::bring_up() {
    RESHAKE_CHECK(down_ > 0);
    if (--down_ == 0) open();
}

void CacheServer::forget() {
    store_.clear();
    if (trail_ != nullptr) trail_->wiped();
}

void CacheServer::audit(CacheTrail& trail) {
    trail_ = &trail;
    store_.tell([&trail](const std::string& key, CacheAnswer why) { trail.dropped(key, why); });
}

void CacheServer::on_datagram(const net::DatagramAddress& from,
                              std::span<const std::byte> datagram) {
    Waiting arrived{.from = from, .request = parse_cache_request(datagram)};
    if (settings_.service_time == Duration::zero()) {
        serve(arrived);
    } else if (waiting_.size() > backlog) {
        note(arrived.request, CacheOperationKind::overflow);
    } else {
        waiting_.push_back(std::move(arrived));
        if (waiting_.size() == 1)
            served_.set(surroundings_.simulation.now() + settings_.service_time);
    }
}

void CacheServer::on_served() {
    const Waiting served = std::move(waiting_.front());
    waiting_.pop_front();
    if (!waiting_.empty()) served_.set(surroundings_.simulation.now() + settings_.service_time);
    serve(served);
}

void CacheServer::serve(const Waiting& waiting) {
    const CacheRequest& request = waiting.request;
    const Instant now = surroundings_.simulation.now();
    switch (request.verb) {
        case CacheVerb::set:
            set(request);
            return;
        case CacheVerb::remove:
            if (store_.remove(request.key, now)) note(request, CacheOperationKind::remove);
            return;
        case CacheVerb::get:
        case CacheVerb::take:
            break;
    }
    CacheStore::Found found = request.verb == CacheVerb::take ? store_.take(request.key, now)
                                                              : store_.get(request.key, now);
    if (trail_ != nullptr && found.answer != CacheAnswer::hit) trail_->missed(request.key);
    port_->send(waiting.from, as_bytes(CacheReply{.number = request.number,
                                                  .answer = found.answer,
                                                  .value = std::move(found.value)}));
}

void CacheServer::set(const CacheRequest& request) {
    const Instant now = surroundings_.simulation.now();
    const Duration lasts =
        settings_.ttl ? std::min(*settings_.ttl, request.lifetime) : request.lifetime;
    switch (store_.set(request.key, request.value, now + lasts, now)) {
        case CacheStore::Room::free:
            break;
        case CacheStore::Room::evicted:
            note(request, CacheOperationKind::evict);
            break;
        case CacheStore::Room::expired:
            note(request, CacheOperationKind::expire);
            break;
    }
    if (trail_ != nullptr) trail_->stored(request.key);
    note(request, CacheOperationKind::store);
}

void CacheServer::note(const CacheRequest& request, CacheOperationKind operation) {
    surroundings_.record.add({.at = surroundings_.simulation.now() - run_start,
                              .cache = identity_.cache,
                              .replica = identity_.replica,
                              .site = request.site,
                              .server = request.server,
                              .operation = operation});
}

}  // namespace reshake::host
