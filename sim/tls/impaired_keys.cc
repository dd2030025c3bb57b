#include "sim/tls/impaired_keys.h"

namespace reshake::tls {

DamagedKeys::DamagedKeys(KeyRing& ring, const Reading& since, Random random) : ImpairedKeys(ring) {
    const Stek* const key = ring.sealing(since).key;
    if (key == nullptr) return;
    damages_ = true;
    damaged_ = *key;
    random.fill(damaged_.aes_key);
    random.fill(damaged_.hmac_key);
}

const Stek* DamagedKeys::instead_of(const Stek* key) const noexcept {
    const bool is_damaged = damages_ && key != nullptr && key->key_name == damaged_.key_name;
    return is_damaged ? &damaged_ : key;
}

KeyRing::Sealing DamagedKeys::sealing(const Reading& at) {
    Sealing found = ring().sealing(at);
    found.key = instead_of(found.key);
    return found;
}

KeyRing::Lookup DamagedKeys::find(std::span<const std::byte, 16> key_name, const Reading& at) {
    Lookup found = ring().find(key_name, at);
    found.key = instead_of(found.key);
    return found;
}

}  // namespace reshake::tls
