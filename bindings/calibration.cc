#include "bindings/calibration.h"

#include <pybind11/stl.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "bindings/convert.h"
#include "models/device.h"
#include "sim/world/calibration.h"

namespace reshake::bindings {
namespace {

using Side = world::HandshakeBatch::Side;
using world::Calibration;
using world::HandshakeBatch;

/// A device on which operations cost what the lines of `table` say.
Device device_of(const py::object& table) {
    return {.profile = {.name = "calibration", .table = from_python<CostTable>(table)}};
}

/// Operation, algorithm, size, and whether it is the commonest of its operation.
std::vector<std::tuple<std::string, std::string, std::size_t, bool>> subjects() {
    std::vector<std::tuple<std::string, std::string, std::size_t, bool>> listed;
    for (const world::Subject& subject : Calibration::subjects()) {
        listed.emplace_back(name_of(subject.operation), subject.algorithm, subject.size,
                            subject.commonest);
    }
    return listed;
}

void perform(Calibration& calibration, std::size_t index, std::uint32_t times) {
    if (index >= Calibration::subjects().size()) throw py::index_error("no such subject");
    // Charged to the device built in, as every operation of a run is to some device.
    static const Device payer;
    calibration.perform(index, times, payer);
}

Side side_of(const std::string& name) {
    if (name == "client") return Side::client;
    if (name == "server") return Side::server;
    throw py::value_error("no side is named " + name);
}

std::unique_ptr<HandshakeBatch> new_batch(std::uint32_t connections, const py::object& table,
                                          const std::string& certificate,
                                          const std::optional<std::string>& groups, bool resumed) {
    const world::HandshakeKind kind{
        .certificate = from_python<CertificateKey>(py::str(certificate)),
        .groups = groups,
        .resumed = resumed};
    return std::make_unique<HandshakeBatch>(kind, connections, device_of(table));
}

}  // namespace

void add_calibration(py::module_& module) {
    py::class_<Calibration>(module, "Calibration")
        .def(py::init<>())
        .def_static("subjects", &subjects)
        .def("perform", &perform, py::arg("index"), py::arg("times"));
    py::class_<HandshakeBatch>(module, "HandshakeBatch")
        .def(py::init(&new_batch), py::arg("connections"), py::arg("table"), py::kw_only(),
             py::arg("certificate"), py::arg("groups"), py::arg("resumed"))
        .def("advance",
             [](HandshakeBatch& batch, const std::string& side) { batch.advance(side_of(side)); })
        .def("release",
             [](HandshakeBatch& batch, const std::string& side) { batch.release(side_of(side)); })
        .def("cost",
             [](const HandshakeBatch& batch, const std::string& side) {
                 return batch.cost(side_of(side)).total.count();
             })
        .def_property_readonly("finished", &HandshakeBatch::finished);
    module.def("built_in_costs", [] {
        std::vector<
            std::tuple<std::string, std::string, std::optional<std::uint64_t>, double, double>>
            lines;
        for (const CostLine& line : server_core_costs().lines()) {
            lines.emplace_back(name_of(line.operation), line.algorithm, line.up_to,
                               line.microseconds, line.nanoseconds_per_byte);
        }
        return lines;
    });
}

}  // namespace reshake::bindings
