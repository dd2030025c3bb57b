// The exchange in OpenSSL alone: the default provider as it comes, memory BIOs, the machine's clock
// and randomness. Nothing of ours runs in it but the loop that carries bytes across.
#pragma once

#include <cstdint>
#include <memory>

#include "benchmarks/workload.h"

namespace reshake::benchmarks {

class OpensslAlone {
public:
    explicit OpensslAlone(Handshake handshake);
    ~OpensslAlone();
    OpensslAlone(const OpensslAlone&) = delete;
    OpensslAlone& operator=(const OpensslAlone&) = delete;

    /// One connection, from two new SSL objects to freeing them. Where tickets are wanted, each
    /// connection offers the newest ticket of the one before; the first makes a full handshake.
    ///
    /// Errors: aborts unless everything went as asked.
    [[nodiscard]] Flights connect();

private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

[[nodiscard]] Tally run_openssl_alone(Handshake handshake, std::uint32_t connections);

}  // namespace reshake::benchmarks
