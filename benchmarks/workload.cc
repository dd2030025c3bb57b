#include "benchmarks/workload.h"

#include <utility>

namespace reshake::benchmarks {

using namespace std::chrono_literals;

namespace {

constexpr const char* groups = "X25519";
constexpr const char* ciphersuites = "TLS_AES_256_GCM_SHA384";

}  // namespace

Traffic traffic_of(const Flights& flights) {
    Traffic traffic;
    for (const Flight& flight : flights) {
        (flight.from_client ? traffic.sent : traffic.received) += flight.bytes;
    }
    // The last word is the server's close_notify, which the client does not wait for.
    traffic.received -= flights.back().bytes;
    return traffic;
}

Fleet fleet(Handshake handshake) {
    return {.name = "edge",
            .sites = {{.name = "ams", .distance = 5ms}},
            .tickets = {.lifetime = resumes(handshake) ? Duration(24h) : 1s},
            .tls = {.groups = groups, .ciphersuites = ciphersuites}};
}

Clients clients(std::uint32_t count, std::vector<std::vector<Duration>> visits) {
    return {.name = "phones",
            .count = count,
            .access = Link{.rate = BitRate{100'000'000}, .delay = 20ms},
            .arrivals = Trace{.path = "benchmark", .sha256 = {}, .visits = std::move(visits)},
            .tls = {.groups = groups, .ciphersuites = ciphersuites},
            .request_bytes = 200,
            .response_bytes = 4096};
}

void set(Handshake handshake, Clients& clients, Fleet& fleet) {
    const auto tls_1_2 = [&] {
        fleet.tls.max_protocol = ProtocolVersion::tls_1_2;
        // With an ECDSA certificate TLS 1.2 asks for the certificate's curve, too.
        clients.tls.groups = fleet.tls.groups = "X25519:P-256";
    };
    switch (handshake) {
        case Handshake::full:
        case Handshake::psk:
            break;
        case Handshake::psk_only:
            clients.tls.allow_no_dhe_kex = true;
            fleet.tls.allow_no_dhe_kex = fleet.tls.prefer_no_dhe_kex = true;
            break;
        case Handshake::early_data:
            clients.tls.early_data = true;
            clients.linger = 1s;  // Or no ticket comes.
            fleet.tls.max_early_data = 16'384;
            fleet.tls.anti_replay = AntiReplay::client_hello_record;
            break;
        case Handshake::hello_retry:
            clients.tls.groups = "X25519:P-256";
            fleet.tls.groups = "P-256";
            break;
        case Handshake::tls_1_2_full:
        case Handshake::tls_1_2_ticket:
            tls_1_2();
            break;
        case Handshake::tls_1_2_id:
            tls_1_2();
            fleet.tls.session_ticket = false;
            break;
        case Handshake::ecdsa_p384:
            fleet.tls.certificate = CertificateKey::ecdsa_p384;
            break;
        case Handshake::rsa_2048:
            fleet.tls.certificate = CertificateKey::rsa_2048;
            break;
        case Handshake::rsa_3072:
            fleet.tls.certificate = CertificateKey::rsa_3072;
            break;
        case Handshake::rsa_4096:
            fleet.tls.certificate = CertificateKey::rsa_4096;
            break;
        case Handshake::ml_dsa_65:
            fleet.tls.certificate = CertificateKey::ml_dsa_65;
            break;
    }
}

std::string server_name(const Fleet& fleet) { return fleet.name + ".example"; }

}  // namespace reshake::benchmarks
