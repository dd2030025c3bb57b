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
            .tickets = {.lifetime = handshake == Handshake::full ? 1s : Duration(24h)},
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

std::string server_name(const Fleet& fleet) { return fleet.name + ".example"; }

}  // namespace reshake::benchmarks
