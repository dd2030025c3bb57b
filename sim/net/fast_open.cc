#include "sim/net/fast_open.h"

#include <bit>

namespace reshake::net {
namespace {

/// SipHash-2-4. Source: Aumasson, Bernstein, "SipHash: a fast short-input PRF", 2012.
class SipHash {
public:
    explicit SipHash(const FastOpenKey& key) noexcept
        : v0_(key.low ^ 0x736f6d6570736575u),
          v1_(key.high ^ 0x646f72616e646f6du),
          v2_(key.low ^ 0x6c7967656e657261u),
          v3_(key.high ^ 0x7465646279746573u) {}

    void add(std::uint64_t word) noexcept {
        v3_ ^= word;
        rounds(2);
        v0_ ^= word;
    }
    [[nodiscard]] std::uint64_t finish() noexcept {
        v2_ ^= 0xffu;
        rounds(4);
        return v0_ ^ v1_ ^ v2_ ^ v3_;
    }

private:
    void rounds(int count) noexcept {
        for (int i = 0; i < count; ++i) {
            v0_ += v1_;
            v1_ = std::rotl(v1_, 13) ^ v0_;
            v0_ = std::rotl(v0_, 32);
            v2_ += v3_;
            v3_ = std::rotl(v3_, 16) ^ v2_;
            v0_ += v3_;
            v3_ = std::rotl(v3_, 21) ^ v0_;
            v2_ += v1_;
            v1_ = std::rotl(v1_, 17) ^ v2_;
            v2_ = std::rotl(v2_, 32);
        }
    }

    std::uint64_t v0_;
    std::uint64_t v1_;
    std::uint64_t v2_;
    std::uint64_t v3_;
};

}  // namespace

FastOpenCookie cookie_for(const FastOpenKey& key, std::uint64_t client) noexcept {
    SipHash hash(key);
    hash.add(client);
    hash.add(std::uint64_t{sizeof client} << 56u);  // The last block: the length, no bytes left.
    return static_cast<FastOpenCookie>(hash.finish());
}

}  // namespace reshake::net
