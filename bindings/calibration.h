// What `reshake calibrate` times.
#pragma once

#include <pybind11/pybind11.h>

namespace reshake::bindings {

/// Adds the classes `Calibration` and `HandshakeBatch` to the extension module.
void add_calibration(pybind11::module_& module);

}  // namespace reshake::bindings
