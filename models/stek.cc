#include "models/stek.h"

namespace reshake {

Stek derive_stek(const Random& root, std::uint64_t generation) noexcept {
    Random bytes = root.stream(generation);
    Stek stek{.generation = generation};
    bytes.fill(stek.key_name);
    bytes.fill(stek.aes_key);
    bytes.fill(stek.hmac_key);
    return stek;
}

}  // namespace reshake
