// Rings that are not what they should be: out of step, or damaged.
#pragma once

#include <array>
#include <cstddef>
#include <span>

#include "models/stek.h"
#include "sim/base/random.h"
#include "sim/tls/key_ring.h"

namespace reshake::tls {

/// What is wrong lies over a ring, and stays where another ring comes to lie under it.
class ImpairedKeys : public KeyRing {
public:
    /// `ring` must outlive this.
    explicit ImpairedKeys(KeyRing& ring) noexcept : ring_(&ring) {}

    void lie_over(KeyRing& ring) noexcept { ring_ = &ring; }

protected:
    [[nodiscard]] KeyRing& ring() const noexcept { return *ring_; }

private:
    KeyRing* ring_;
};

/// A ring as it was at one moment: it has stopped to rotate.
class StoppedKeys final : public ImpairedKeys {
public:
    /// `ring` must outlive this.
    StoppedKeys(KeyRing& ring, const Reading& since) noexcept : ImpairedKeys(ring), since_(since) {}

    [[nodiscard]] Sealing sealing(const Reading&) override { return ring().sealing(since_); }
    [[nodiscard]] Lookup find(std::span<const std::byte, 16> key_name, const Reading&) override {
        return ring().find(key_name, since_);
    }

private:
    Reading since_;
};

/// A ring of which one key has its name and not its bytes.
class DamagedKeys final : public ImpairedKeys {
public:
    /// What seals at `since` is damaged, as `random` says. `ring` must outlive this.
    DamagedKeys(KeyRing& ring, const Reading& since, Random random);

    [[nodiscard]] Sealing sealing(const Reading& at) override;
    [[nodiscard]] Lookup find(std::span<const std::byte, 16> key_name, const Reading& at) override;

private:
    /// The ring's, or in its place the damaged one.
    [[nodiscard]] const Stek* instead_of(const Stek* key) const noexcept;

    bool damages_ = false;  ///< The ring had a key to seal with.
    Stek damaged_;
};

}  // namespace reshake::tls
