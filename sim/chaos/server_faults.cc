// What FaultSchedule does to servers, their keys, certificates and settings.
#include "models/fault_plan.h"
#include "sim/chaos/fault_schedule.h"

namespace reshake::chaos {

void FaultSchedule::begin(const Crash& fault, std::uint32_t) {
    if (place_of(fault.where).keys) servers_.take_down_coordinator();
    for (const ServerIndex server : servers_of(fault.where)) servers_.crash(server);
    for (const CacheIndex cache : caches_of(fault.where)) servers_.take_down(cache);
}

void FaultSchedule::end(const Crash& fault, std::uint32_t index) {
    const Succession next{.fault = index, .memory = Fate::lost, .keys = fault.keys};
    if (place_of(fault.where).keys) servers_.bring_up_coordinator(next);
    for (const ServerIndex server : servers_of(fault.where)) servers_.boot(server, next);
    for (const CacheIndex cache : caches_of(fault.where)) servers_.bring_up(cache, Fate::lost);
}

void FaultSchedule::begin(const Freeze& fault, std::uint32_t) {
    for (const ServerIndex server : servers_of(fault.where)) servers_.freeze(server);
}

void FaultSchedule::end(const Freeze& fault, std::uint32_t) {
    for (const ServerIndex server : servers_of(fault.where)) servers_.thaw(server);
}

void FaultSchedule::begin(const Overload& fault, std::uint32_t) {
    for (const ServerIndex server : servers_of(fault.where)) servers_.burden(server, fault);
}

void FaultSchedule::end(const Overload& fault, std::uint32_t) {
    for (const ServerIndex server : servers_of(fault.where)) servers_.relieve(server, fault);
}

void FaultSchedule::begin(const CacheLoss& fault, std::uint32_t index) {
    const Succession next{.fault = index, .memory = Fate::lost, .keys = Fate::kept};
    for (const ServerIndex server : servers_of(fault.where)) servers_.succeed(server, next);
    for (const CacheIndex cache : caches_of(fault.where)) servers_.forget(cache);
}

void FaultSchedule::end(const CacheLoss&, std::uint32_t) {}

void FaultSchedule::begin(const KeyWipe& fault, std::uint32_t index) {
    const Succession next{.fault = index, .memory = Fate::kept, .keys = Fate::lost};
    if (place_of(fault.where).keys) {
        servers_.take_down_coordinator();
        servers_.bring_up_coordinator(next);
    }
    for (const ServerIndex server : servers_of(fault.where)) servers_.succeed(server, next);
}

void FaultSchedule::end(const KeyWipe&, std::uint32_t) {}

void FaultSchedule::begin(const KeyDesync& fault, std::uint32_t index) {
    for (const ServerIndex server : servers_of(fault.where)) {
        servers_.desync(server, fault, index);
    }
}

void FaultSchedule::end(const KeyDesync& fault, std::uint32_t index) {
    for (const ServerIndex server : servers_of(fault.where)) {
        servers_.resync(server, fault, index);
    }
}

void FaultSchedule::begin(const KeyCorruption& fault, std::uint32_t index) {
    for (const ServerIndex server : servers_of(fault.where)) servers_.corrupt(server, index);
}

void FaultSchedule::end(const KeyCorruption& fault, std::uint32_t index) {
    for (const ServerIndex server : servers_of(fault.where)) servers_.mend(server, index);
}

void FaultSchedule::begin(const CertificateExpiry& fault, std::uint32_t index) {
    for (const ServerIndex server : servers_of(fault.where)) {
        servers_.expire(server, fault, index);
    }
}

void FaultSchedule::end(const CertificateExpiry& fault, std::uint32_t index) {
    for (const ServerIndex server : servers_of(fault.where)) servers_.renew(server, index);
}

void FaultSchedule::begin(const CertificateReplacement& fault, std::uint32_t index) {
    for (const ServerIndex server : servers_of(fault.where)) {
        servers_.replace(server, fault, index);
    }
}

void FaultSchedule::end(const CertificateReplacement& fault, std::uint32_t index) {
    for (const ServerIndex server : servers_of(fault.where)) servers_.reinstate(server, index);
}

void FaultSchedule::begin(const Revocation& fault, std::uint32_t) {
    for (const ServerIndex server : servers_of(fault.where)) servers_.revoke(server, fault);
}

void FaultSchedule::end(const Revocation&, std::uint32_t) {}

void FaultSchedule::begin(const PolicyFlip& fault, std::uint32_t index) {
    for (const ServerIndex server : servers_of(fault.where)) servers_.flip(server, fault, index);
}

void FaultSchedule::end(const PolicyFlip& fault, std::uint32_t index) {
    for (const ServerIndex server : servers_of(fault.where)) servers_.flip_back(server, index);
}

void FaultSchedule::begin(const StagedRollout& fault, std::uint32_t index) {
    rollouts_.begin(fault, index, [this, index] { record_end(index); });
}

void FaultSchedule::end(const StagedRollout&, std::uint32_t) {}

}  // namespace reshake::chaos
