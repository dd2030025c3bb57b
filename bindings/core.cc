// The door: Python sees the simulator through these functions and nothing else.
#include <pybind11/numpy.h>
#include <pybind11/pybind11.h>
#include <pybind11/stl.h>

#include <cstdint>
#include <cstdio>
#include <memory>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "bindings/calibration.h"
#include "bindings/convert.h"
#include "bindings/evidence.h"
#include "bindings/native.h"
#include "bindings/schema.h"
#include "models/fault_plan.h"
#include "models/scenario.h"
#include "sim/world/evidence.h"
#include "sim/world/versions.h"
#include "sim/world/world.h"

namespace reshake::bindings {
namespace {

/// A column leaves C++ as the memory it lies in; NumPy frees it.
template <typename T>
py::array_t<T> as_array(std::vector<T>&& column) {
    auto owned = std::make_unique<std::vector<T>>(std::move(column));
    const auto size = static_cast<py::ssize_t>(owned->size());
    const T* const data = owned->data();
    const py::capsule owner(owned.release(),
                            [](void* held) { delete static_cast<std::vector<T>*>(held); });
    return py::array_t<T>(size, data, owner);
}

/// What `run` returns. Its tables can be taken once.
class Run {
public:
    explicit Run(world::Outcome&& outcome) : outcome_(std::move(outcome)) {}

    py::dict tables() {
        py::dict tables;
        outcome_.history.for_each_table([&]<typename Record>(history::Table<Record>& table) {
            py::dict columns;
            table.for_each_column([&](const auto& field, auto& column) {
                columns[py::str(std::string(field.name))] = as_array(std::move(column));
            });
            tables[py::str(std::string(Record::table_name))] = columns;
        });
        return tables;
    }

    [[nodiscard]] std::string digest() const {
        std::array<char, 17> text{};
        std::snprintf(text.data(), text.size(), "%016llx",
                      static_cast<unsigned long long>(outcome_.history.wire.value()));
        return text.data();
    }

    [[nodiscard]] py::dict packets() const {
        py::dict packets;
        for_each_field<PacketCounts>([&](const auto& each) {
            packets[py::str(std::string(each.name))] = outcome_.packets.*each.member;
        });
        return packets;
    }

    [[nodiscard]] std::uint64_t events() const { return outcome_.history.events; }
    [[nodiscard]] std::uint64_t visits_while_down() const {
        return outcome_.history.visits_while_down;
    }

private:
    world::Outcome outcome_;
};

Run run(const py::object& scenario, std::uint64_t seed, world::Evidence* evidence) {
    const auto value = from_python<Scenario>(scenario);
    const py::gil_scoped_release released;
    return Run(world::run(value, seed, evidence));
}

std::vector<std::tuple<std::string, std::string, std::string>> validate_scenario(
    const py::object& scenario) {
    std::vector<std::tuple<std::string, std::string, std::string>> found;
    const auto value = from_python<Scenario>(scenario);
    for (Problem& problem : world::validate(value)) {
        found.emplace_back(problem.severity == Severity::error ? "error" : "warning",
                           std::move(problem.path), std::move(problem.sentence));
    }
    return found;
}

/// For each fault of the run: which of Scenario.faults and, of a Nemesis, which of its strikes made
/// it; whom it is about; start; how long it lasts, None if that is not a matter of chance.
py::list faults_of(const py::object& scenario, std::uint64_t seed) {
    py::list faults;
    for (ExplicitFault& each : reshake::faults_of(from_python<Scenario>(scenario), seed)) {
        const auto lasts = drawn_lasts(each.fault);
        faults.append(py::make_tuple(each.planned, each.strike, scope_of(each.fault),
                                     start_of(each.fault).count(),
                                     lasts ? py::object(py::int_(lasts->count())) : py::none()));
    }
    return faults;
}

}  // namespace
}  // namespace reshake::bindings

PYBIND11_MODULE(_core, module) {
    namespace bindings = reshake::bindings;
    module.doc() = "The simulator: real OpenSSL on ns-3 in virtual time.";
    pybind11::class_<bindings::Run>(module, "History")
        .def("tables", &bindings::Run::tables)
        .def_property_readonly("digest", &bindings::Run::digest)
        .def_property_readonly("packets", &bindings::Run::packets)
        .def_property_readonly("events", &bindings::Run::events)
        .def_property_readonly("visits_while_down", &bindings::Run::visits_while_down);
    bindings::add_evidence(module);
    module.def("run", &bindings::run, pybind11::arg("scenario"), pybind11::arg("seed"),
               pybind11::arg("evidence") = pybind11::none());
    module.def("validate", &bindings::validate_scenario, pybind11::arg("scenario"));
    module.def("faults_of", &bindings::faults_of, pybind11::arg("scenario"), pybind11::arg("seed"));
    module.def("schema", &bindings::value_schema);
    module.def("table_schema", &bindings::table_schema);
    bindings::add_calibration(module);
    bindings::add_native(module);
    module.def("radio_is_built_in", &reshake::world::radio_is_built_in);
    module.def("allocator", [] { return std::string(RESHAKE_ALLOCATOR); });
    module.def("versions", [] { return reshake::world::versions(); });
}
