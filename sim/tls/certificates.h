// A private certification authority: root, intermediates, leaf.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "models/policy_faults.h"
#include "models/tls_settings.h"
#include "sim/base/random.h"
#include "sim/base/time.h"
#include "sim/tls/library.h"

namespace reshake::tls {

/// How a server's chain is made.
struct ChainPlan {
    CertificateKey key = CertificateKey::ecdsa_p256;  ///< Of every certificate in it.
    std::uint32_t intermediates = 1;
    std::uint32_t leaf_padding = 0;            ///< Bytes that the leaf is made longer by.
    std::vector<std::string> further_names{};  ///< That the leaf covers beside its first one.
    /// Of the leaf, or of the intermediate that issued it, as `dated` says; none: as of all others.
    std::optional<Instant> not_before{};
    std::optional<Instant> not_after{};
    ChainPart dated = ChainPart::leaf;

    [[nodiscard]] static ChainPlan of(const ServerTls& settings) noexcept {
        return {.key = settings.certificate,
                .intermediates = settings.intermediates,
                .leaf_padding = settings.leaf_padding};
    }
};

/// A server's chain (leaf + intermediates) with its key, and the root that verifies it.
///
/// The keys are drawn from `random`, so a seed gives the same certificates. Valid from one day
/// before the run's epoch for ten years (the runs we can simulate end before).
class Chain {
public:
    /// With `issuer` its root certifies this chain, too.
    Chain(const Library& library, const ChainPlan& plan, const std::string& server_name,
          const Random& random, const Chain* issuer = nullptr);
    ~Chain();
    Chain(const Chain&) = delete;
    Chain& operator=(const Chain&) = delete;

    struct Handle;
    [[nodiscard]] const Handle& handle() const noexcept { return *handle_; }

private:
    std::unique_ptr<Handle> handle_;
};

}  // namespace reshake::tls
