#include "models/client_hello_record.h"

#include <cstring>
#include <utility>

namespace reshake {

bool ClientHelloRecord::note(std::span<const std::byte, 32> random, Instant now) {
    if (now - turned_ >= window_) {
        const bool both = now - turned_ >= 2 * window_;
        seen_before_ = both ? decltype(seen_){} : std::exchange(seen_, {});
        seen_.clear();
        turned_ = now;
    }
    std::uint64_t key = 0;
    std::memcpy(&key, random.data(), sizeof key);
    if (seen_before_.contains(key)) return false;
    return seen_.insert(key).second;
}

}  // namespace reshake
