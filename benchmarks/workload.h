// The exchange that everything is measured on, the same for OpenSSL alone, TCP alone and both.
//
// TLS 1.3 with X25519 and TLS_AES_256_GCM_SHA384, a verified chain of leaf and intermediate (ECDSA
// P-256), tickets, a request of 200 bytes and a response of 4,096, close_notify both ways: the
// exchange of the fidelity measurements.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "models/scenario.h"
#include "sim/net/network.h"

namespace reshake::benchmarks {

/// What each connection does. The first two are measured against their parts; the others are
/// variations of them.
enum class Handshake {
    full,
    psk,  ///< Offers a ticket of the one before.
    psk_only,
    early_data,
    hello_retry,  ///< Full, and the server asks for another key share.
    tls_1_2_full,
    tls_1_2_ticket,
    tls_1_2_id,
    // Full, with another kind of certificate.
    ecdsa_p384,
    rsa_2048,
    rsa_3072,
    rsa_4096,
    ml_dsa_65,
};
[[nodiscard]] constexpr auto names_of(Handshake) noexcept {
    return std::array<std::string_view, 13>{
        "full",        "psk",           "psk-only",  "early-data", "hello-retry",
        "tls1.2-full", "tls1.2-ticket", "tls1.2-id", "ecdsa-p384", "rsa-2048",
        "rsa-3072",    "rsa-4096",      "ml-dsa-65"};
}

[[nodiscard]] constexpr bool resumes(Handshake handshake) noexcept {
    switch (handshake) {
        case Handshake::psk:
        case Handshake::psk_only:
        case Handshake::early_data:
        case Handshake::tls_1_2_ticket:
        case Handshake::tls_1_2_id:
            return true;
        default:
            return false;
    }
}

/// Bytes that one side sends in one go.
struct Flight {
    bool from_client = false;
    std::uint32_t bytes = 0;
    std::uint32_t after = 0;  ///< Sent once so many bytes of the peer have been read.
};

/// All flights of a connection. Those of one side are in the order of sending.
using Flights = std::vector<Flight>;

/// Bytes that the client sends, and that it receives before it has the whole response.
struct Traffic {
    std::uint64_t sent = 0;
    std::uint64_t received = 0;
};
[[nodiscard]] Traffic traffic_of(const Flights& flights);

/// What a subcommand has done, for the driver to see that like is compared with like.
struct Tally {
    std::uint64_t connections = 0;
    std::uint64_t resumed = 0;
    Traffic traffic{};  ///< Of all connections together.
};

/// The kernel of every machine: that of a scenario which does not choose.
inline constexpr TcpFlavour tcp_flavour = usual_tcp;

inline constexpr Duration between_visits = std::chrono::seconds(10);

/// The fleet of every benchmark: one site with one server. Tickets live for a second where a full
/// handshake is wanted, so that they are issued all the same and no visit finds one to offer.
[[nodiscard]] Fleet fleet(Handshake handshake);

/// Sets both sides of the benchmarks' scenario to that handshake.
void set(Handshake handshake, Clients& clients, Fleet& fleet);

/// `count` clients with the link of every benchmark, coming at recorded times.
[[nodiscard]] Clients clients(std::uint32_t count, std::vector<std::vector<Duration>> visits);

/// The name in the certificate and in the ClientHello.
[[nodiscard]] std::string server_name(const Fleet& fleet);

}  // namespace reshake::benchmarks
