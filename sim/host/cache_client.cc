#include "sim/host/cache_client.h"

#include <algorithm>
#include <utility>

#include "sim/base/check.h"

namespace reshake::host {

using history::CacheOperationKind;

CacheClient::CacheClient(const CacheSurroundings& surroundings, const SessionCache& settings,
                         Identity identity, net::MachineId machine,
                         std::vector<net::DatagramAddress> replicas)
    : surroundings_(surroundings),
      settings_(settings),
      identity_(identity),
      replicas_(std::move(replicas)),
      silences_(replicas_.size()),
      port_(surroundings.network.open_port(machine, 0, *this)) {
    RESHAKE_CHECK(!replicas_.empty());
}

CacheClient::Lookup::Lookup(CacheClient& client, CacheRequest request,
                            std::function<void(Answer)> on_answer)
    : client_(client),
      request_(std::move(request)),
      on_answer_(std::move(on_answer)),
      replica_(client.first_),
      patience_(client.surroundings_.simulation, [this] { on_timeout(); }) {
    client_.under_way_.emplace(request_.number, this);
}

CacheClient::Lookup::~Lookup() { client_.under_way_.erase(request_.number); }

bool CacheClient::Lookup::ask() {
    const std::size_t count = client_.replicas_.size();
    if (turns_ > 0) replica_ = (replica_ + 1) % count;
    for (; turns_ < count && client_.left_alone(replica_); ++turns_) {
        replica_ = (replica_ + 1) % count;
    }
    if (turns_ == count) return false;
    ++turns_;
    since_ = client_.surroundings_.simulation.now();
    patience_.set(since_ + client_.settings_.lookup_timeout);
    client_.port_->send(client_.replicas_[replica_], as_bytes(request_));
    return true;
}

void CacheClient::Lookup::on_timeout() {
    client_.note(replica_, CacheOperationKind::timeout, since_);
    client_.note_silence(replica_);
    if (!ask()) end(std::nullopt);
}

void CacheClient::Lookup::end(Answer answer) {
    patience_.clear();
    const auto on_answer = std::move(on_answer_);
    on_answer(std::move(answer));
}

std::unique_ptr<CacheClient::Lookup> CacheClient::look_up(std::string key, bool take,
                                                          std::function<void(Answer)> on_answer) {
    CacheRequest request{.verb = take ? CacheVerb::take : CacheVerb::get,
                         .number = numbers_++,
                         .site = identity_.site,
                         .server = identity_.server,
                         .key = std::move(key),
                         .value = {}};
    std::unique_ptr<Lookup> lookup(new Lookup(*this, std::move(request), std::move(on_answer)));
    return lookup->ask() ? std::move(lookup) : nullptr;
}

void CacheClient::on_datagram(const net::DatagramAddress& from,
                              std::span<const std::byte> datagram) {
    CacheReply reply = parse_cache_reply(datagram);
    const auto found = under_way_.find(reply.number);
    if (found == under_way_.end()) return;  // Too late.
    Lookup& lookup = *found->second;
    // A replica that was given up may still answer before the next one does: that is as good.
    const auto replica =
        static_cast<std::size_t>(std::ranges::find(replicas_, from) - replicas_.begin());
    first_ = replica;
    silences_[replica] = {};
    const bool hit = reply.answer == CacheAnswer::hit;
    note(replica, hit ? CacheOperationKind::hit : CacheOperationKind::miss, lookup.since_);
    lookup.end(std::move(reply));
}

void CacheClient::note_silence(std::size_t replica) {
    Silence& silence = silences_[replica];
    const std::uint32_t limit = settings_.failure_limit;
    if (++silence.lookups < limit || limit == 0) return;
    silence.alone_until = surroundings_.simulation.now() + settings_.retry_timeout;
}

bool CacheClient::left_alone(std::size_t replica) const {
    return surroundings_.simulation.now() < silences_[replica].alone_until;
}

void CacheClient::store(std::string key, std::vector<std::byte> value, Duration lifetime) {
    tell_all({.verb = CacheVerb::set,
              .site = identity_.site,
              .server = identity_.server,
              .lifetime = lifetime,
              .key = std::move(key),
              .value = std::move(value)});
}

void CacheClient::remove(std::string key) {
    tell_all({.verb = CacheVerb::remove,
              .site = identity_.site,
              .server = identity_.server,
              .key = std::move(key),
              .value = {}});
}

void CacheClient::tell_all(const CacheRequest& request) {
    const auto bytes = as_bytes(request);
    for (const net::DatagramAddress& replica : replicas_) port_->send(replica, bytes);
}

void CacheClient::note(std::size_t replica, CacheOperationKind operation, Instant since) {
    const Instant now = surroundings_.simulation.now();
    surroundings_.record.add({.at = now - run_start,
                              .cache = identity_.cache,
                              .replica = static_cast<std::uint16_t>(replica + 1),
                              .site = identity_.site,
                              .server = identity_.server,
                              .operation = operation,
                              .latency = now - since});
}

}  // namespace reshake::host
