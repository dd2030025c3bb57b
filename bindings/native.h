// Python's way to drive both ends of an exchange with real bytes (sim/world/native.h).
#pragma once

#include <pybind11/pybind11.h>

namespace reshake::bindings {

/// Adds `NativeFleet` and its ends to the module.
void add_native(pybind11::module_& module);

}  // namespace reshake::bindings
