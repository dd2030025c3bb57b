#include "bindings/evidence.h"

#include <pybind11/stl.h>

#include <algorithm>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <tuple>
#include <variant>

#include "bindings/convert.h"
#include "sim/world/evidence.h"

namespace reshake::bindings {
namespace {

using Attempt =
    std::tuple<std::uint16_t, std::uint32_t, std::uint32_t, std::uint16_t, std::uint16_t>;

std::unique_ptr<world::Evidence> wish(const std::optional<Attempt>& attempt, bool packets,
                                      bool key_log, bool trace, bool everything) {
    world::EvidenceWishes wishes{
        .packets = packets, .key_log = key_log, .trace = trace, .everything = everything};
    if (attempt) {
        const auto& [population, client, visit, connection, number] = *attempt;
        wishes.attempt = {population, client, visit, connection, number};
    }
    return std::make_unique<world::Evidence>(wishes);
}

py::object to_python(const history::Detail& detail) {
    if (const auto* duration = std::get_if<Duration>(&detail.value)) {
        return py::int_(duration->count());
    }
    if (const auto* truth = std::get_if<bool>(&detail.value)) return py::bool_(*truth);
    if (const auto* number = std::get_if<std::int64_t>(&detail.value)) return py::int_(*number);
    return py::str(std::get<std::string>(detail.value));
}

/// Durations have names that end in "_ns".
py::list trace_of(const world::Evidence& evidence) {
    py::list events;
    for (const history::TraceEvent& event : evidence.trace()) {
        py::dict details;
        for (const history::Detail& detail : event.details) {
            const bool duration = std::holds_alternative<Duration>(detail.value);
            details[py::str(std::string(detail.name) + (duration ? "_ns" : ""))] =
                to_python(detail);
        }
        events.append(py::make_tuple(event.at.count(), event.node, event.event, details));
    }
    return events;
}

/// A file per machine. What could not be written is named by the exception.
std::map<std::string, std::size_t> write_captures(const world::Evidence& evidence,
                                                  const std::string& directory) {
    std::map<std::string, std::size_t> written;
    for (const auto& [path, capture] : evidence.captures()) {
        std::string name = path + ".pcap";
        std::ranges::replace(name, '/', '-');
        std::string file = directory;
        file.append("/").append(name);
        if (!capture.write(file)) throw py::value_error(file + " cannot be written");
        written[name] = capture.size();
    }
    return written;
}

}  // namespace

void add_evidence(py::module_& module) {
    py::class_<world::Evidence>(module, "Evidence")
        .def(py::init(&wish), py::kw_only(), py::arg("attempt") = py::none(),
             py::arg("packets") = false, py::arg("key_log") = false, py::arg("trace") = false,
             py::arg("everything") = false)
        .def("write_captures", &write_captures, py::arg("directory"))
        .def("trace", &trace_of)
        .def_property_readonly("key_log", &world::Evidence::key_log);
}

}  // namespace reshake::bindings
