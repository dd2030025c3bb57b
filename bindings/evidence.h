// Python's way to ask for the evidence of a run, and to take it (sim/world/evidence.h).
#pragma once

#include <pybind11/pybind11.h>

namespace reshake::bindings {

/// Adds `Evidence` to the module.
void add_evidence(pybind11::module_& module);

}  // namespace reshake::bindings
