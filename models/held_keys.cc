#include "models/held_keys.h"

#include <algorithm>

namespace reshake {

void HeldKeys::receive(const HandedKey& key) {
    if (std::ranges::find(received_, key.id, &HandedKey::id) == received_.end()) {
        received_.push_back(key);
    }
}

const HandedKey* HeldKeys::newest(Instant date) const noexcept {
    const HandedKey* newest = nullptr;
    for (const HandedKey& key : received_) {
        if (key.seals_from > date) continue;
        if (newest == nullptr || key.seals_from >= newest->seals_from) newest = &key;
    }
    return newest;
}

HeldKeys::Sealing HeldKeys::sealing(Instant date) const noexcept {
    const HandedKey* const key = newest(date);
    const bool keeps = without_key_ == WithoutKey::keep_sealing;
    if (key != nullptr && (keeps || date < retires(*key))) return {.key = key->id};
    if (without_key_ == WithoutKey::own_key) {
        return {.key = KeyId{.source = KeySource::own,
                             .generation = issuing_generation(rotation_, date)}};
    }
    return {.fails = without_key_ == WithoutKey::fail};
}

Instant HeldKeys::opens_until(const HandedKey& key, Instant date) const noexcept {
    const bool needed = without_key_ == WithoutKey::keep_sealing && newest(date) == &key;
    return needed ? never : retires(key);
}

HeldKeys::Fate HeldKeys::fate(const KeyId& id, Instant date) const noexcept {
    if (id.source == KeySource::own) {
        return can_open(rotation_, id.generation, date) ? Fate::opens : Fate::retired;
    }
    const auto key = std::ranges::find(received_, id, &HandedKey::id);
    if (key == received_.end()) return Fate::unknown;
    return date < opens_until(*key, date) ? Fate::opens : Fate::retired;
}

Instant HeldKeys::next_change(Instant date) const noexcept {
    Instant next = never;
    const auto consider = [&](Instant change) {
        if (change > date) next = std::min(next, change);
    };
    for (const HandedKey& key : received_) {
        consider(key.seals_from);
        consider(retires(key));
    }
    if (without_key_ == WithoutKey::own_key) {
        consider(begins_at(rotation_, issuing_generation(rotation_, date) + 1));
    }
    return next;
}

}  // namespace reshake
