// A private certification authority: root, intermediate, leaf.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "models/tls_settings.h"
#include "sim/base/random.h"
#include "sim/tls/library.h"

namespace reshake::tls {

/// A server's chain (leaf + intermediate) with its key, and the root that verifies it.
///
/// The keys are drawn from `random`, so a seed gives the same certificates. Valid from one day
/// before the run's epoch for ten years (the runs we can simulate end before).
class Chain {
public:
    Chain(const Library& library, CertificateKey key, const std::string& server_name,
          const Random& random);
    ~Chain();
    Chain(const Chain&) = delete;
    Chain& operator=(const Chain&) = delete;

    struct Handle;
    [[nodiscard]] const Handle& handle() const noexcept { return *handle_; }

private:
    std::unique_ptr<Handle> handle_;
};

}  // namespace reshake::tls
