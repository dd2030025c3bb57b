// Keys that one server has been handed by a coordinator, and those that it makes for want of them.
#pragma once

#include <array>
#include <cstddef>
#include <map>
#include <span>

#include "models/held_keys.h"
#include "models/stek.h"
#include "sim/base/random.h"
#include "sim/tls/key_ring.h"

namespace reshake::tls {

class DeliveredKeys final : public KeyRing {
public:
    /// `own` names the keys that this server makes by itself.
    DeliveredKeys(const StekRotation& rotation, WithoutKey without_key, Random own);

    void receive(const HandedKey& key, const Stek& stek);
    /// The process has lost its memory of keys.
    void lose();

    [[nodiscard]] Sealing sealing(const Reading& at) override;
    [[nodiscard]] Lookup find(std::span<const std::byte, 16> key_name, const Reading& at) override;

    [[nodiscard]] const HeldKeys& held() const noexcept { return held_; }

private:
    const Stek& keep(const KeyId& id, const Stek& stek);

    HeldKeys held_;
    Random own_;
    std::map<std::array<std::byte, 16>, KeyId> id_of_;
    std::map<KeyId, Stek> steks_;
};

}  // namespace reshake::tls
