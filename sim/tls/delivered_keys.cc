#include "sim/tls/delivered_keys.h"

#include <algorithm>
#include <utility>

#include "sim/base/check.h"

namespace reshake::tls {

DeliveredKeys::DeliveredKeys(const StekRotation& rotation, WithoutKey without_key, Random own)
    : held_(rotation, without_key), own_(std::move(own)) {}

const Stek& DeliveredKeys::keep(const KeyId& id, const Stek& stek) {
    id_of_.emplace(stek.key_name, id);
    return steks_.emplace(id, stek).first->second;
}

void DeliveredKeys::receive(const HandedKey& key, const Stek& stek) {
    held_.receive(key);
    keep(key.id, stek);
}

void DeliveredKeys::lose() {
    held_.lose();
    id_of_.clear();
    steks_.clear();
}

KeyRing::Sealing DeliveredKeys::sealing(const Reading& at) {
    const HeldKeys::Sealing sealing = held_.sealing(at.date);
    if (!sealing.key) return {.fails = sealing.fails};
    const auto found = steks_.find(*sealing.key);
    if (found != steks_.end()) return {.key = &found->second};
    RESHAKE_CHECK(sealing.key->source == KeySource::own);
    return {.key = &keep(*sealing.key, derive_stek(own_, sealing.key->generation))};
}

KeyRing::Lookup DeliveredKeys::find(std::span<const std::byte, 16> key_name, const Reading& at) {
    std::array<std::byte, 16> name{};
    std::ranges::copy(key_name, name.begin());
    const auto found = id_of_.find(name);
    if (found == id_of_.end()) return {.verdict = TicketVerdict::unknown_key};
    switch (held_.fate(found->second, at.date)) {
        case HeldKeys::Fate::unknown:
            return {.verdict = TicketVerdict::unknown_key};
        case HeldKeys::Fate::retired:
            return {.verdict = TicketVerdict::key_retired};
        case HeldKeys::Fate::opens:
            break;
    }
    return {.verdict = TicketVerdict::accepted, .key = &steks_.at(found->second)};
}

}  // namespace reshake::tls
