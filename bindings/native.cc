#include "bindings/native.h"

#include <pybind11/stl.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "bindings/convert.h"
#include "models/scenario.h"
#include "sim/world/native.h"

namespace reshake::bindings {
namespace {

Instant at(std::int64_t nanoseconds) noexcept { return Instant{Duration{nanoseconds}}; }

std::optional<std::int64_t> nanoseconds(const std::optional<Instant>& instant) noexcept {
    if (!instant) return std::nullopt;
    return instant->time_since_epoch().count();
}

py::bytes step(world::NativeEnd& end, std::int64_t now) {
    {
        const py::gil_scoped_release released;
        end.step(at(now));
    }
    ByteQueue& output = end.output();
    const auto bytes = output.front();
    py::bytes taken(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    output.consume(bytes.size());
    return taken;
}

void feed(world::NativeEnd& end, const py::bytes& bytes) {
    const std::string_view view(bytes);
    end.feed(std::as_bytes(std::span(view)));
}

const char* state_of(const world::NativeEnd& end) noexcept {
    switch (end.facts().state) {
        case world::NativeEnd::State::handshaking:
            return "handshaking";
        case world::NativeEnd::State::established:
            return "established";
        case world::NativeEnd::State::closed:
            return "closed";
        case world::NativeEnd::State::failed:
            break;
    }
    return "failed";
}

template <auto member>
auto fact() {
    return [](const world::NativeEnd& end) { return end.facts().*member; };
}

template <auto member>
auto instant() {
    return [](const world::NativeEnd& end) { return nanoseconds(end.facts().*member); };
}

}  // namespace

void add_native(py::module_& module) {
    using world::NativeClient;
    using world::NativeEnd;
    using world::NativeFleet;
    using world::NativeServer;
    using Facts = NativeEnd::Facts;

    py::class_<NativeEnd>(module, "NativeEnd")
        .def("feed", &feed, py::arg("data"))
        .def("end_input", &NativeEnd::end_input)
        .def("step", &step, py::arg("now"))
        .def_property_readonly("has_work", &NativeEnd::has_work)
        .def_property_readonly("state", &state_of)
        .def_property_readonly("error", fact<&Facts::error>())
        .def_property_readonly("resumed", fact<&Facts::resumed>())
        .def_property_readonly("tls_version", fact<&Facts::version>())
        .def_property_readonly("cipher_suite", fact<&Facts::cipher_suite>())
        .def_property_readonly("group", fact<&Facts::group>());
    py::class_<NativeClient, NativeEnd>(module, "NativeClient")
        .def_property_readonly("client_hello_sent", instant<&Facts::client_hello_sent>())
        .def_property_readonly("server_hello_received", instant<&Facts::server_hello_received>())
        .def_property_readonly("server_finished_received",
                               instant<&Facts::server_finished_received>())
        .def_property_readonly("finished_sent", instant<&Facts::finished_sent>())
        .def_property_readonly("offered", &NativeClient::offered)
        .def_property_readonly("tickets_received", &NativeClient::tickets_received)
        .def_property_readonly("response_received", &NativeClient::response_received)
        .def_property_readonly("complete", &NativeClient::complete);
    const py::class_<NativeServer, NativeEnd> server(module, "NativeServer");
    py::class_<NativeFleet>(module, "NativeFleet")
        .def(py::init([](const py::object& scenario, std::uint64_t seed) {
                 return std::make_unique<NativeFleet>(from_python<Scenario>(scenario), seed);
             }),
             py::arg("scenario"), py::arg("seed"))
        .def(
            "client",
            [](NativeFleet& fleet, std::uint32_t client, std::uint32_t visit, std::int64_t now) {
                return fleet.client(client, visit, at(now));
            },
            py::arg("client"), py::arg("visit"), py::arg("now"), py::keep_alive<0, 1>())
        .def(
            "server",
            [](NativeFleet& fleet, std::uint32_t client, std::uint32_t visit, std::int64_t now) {
                return fleet.server(client, visit, at(now));
            },
            py::arg("client"), py::arg("visit"), py::arg("now"), py::keep_alive<0, 1>());
}

}  // namespace reshake::bindings
