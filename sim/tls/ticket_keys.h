// Keys that follow from a schedule and a clock: the ring of those servers that share a secret.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <span>

#include "models/key_distribution.h"
#include "models/stek.h"
#include "sim/base/random.h"
#include "sim/tls/key_ring.h"

namespace reshake::tls {

class TicketKeys final : public KeyRing {
public:
    /// `rotation` none: one key for ever. `root` names the ring ("edge/steks/ams"). With `derived`
    /// each server goes by its own clock, otherwise all change at the same instant.
    TicketKeys(std::optional<StekRotation> rotation, Random root,
               std::optional<ClockDerived> derived = std::nullopt);

    /// The key that seals new tickets. Valid until the next call.
    [[nodiscard]] const Stek& issuing(const Reading& at);

    [[nodiscard]] Sealing sealing(const Reading& at) override { return {.key = &issuing(at)}; }
    [[nodiscard]] Lookup find(std::span<const std::byte, 16> key_name, const Reading& at) override;

private:
    /// By the clock that this ring goes by.
    [[nodiscard]] Instant instant(const Reading& at) const noexcept {
        return derived_ ? at.date : at.now;
    }

    std::optional<StekRotation> rotation_;
    Random root_;
    std::optional<ClockDerived> derived_;
    /// The key of a generation, made when first needed.
    const Stek& key_of(std::int64_t generation);
    /// Makes every key that may open tickets at `current`: another ring of this root may have
    /// sealed with it.
    void make_around(std::int64_t current);
    [[nodiscard]] std::uint32_t accept_next() const noexcept {
        return derived_ ? derived_->accept_next : 0;
    }

    std::map<std::array<std::byte, 16>, std::int64_t> generation_of_;
    std::map<std::int64_t, Stek> steks_;
    std::optional<std::int64_t> made_around_;
};

}  // namespace reshake::tls
