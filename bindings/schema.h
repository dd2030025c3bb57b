// The fields of every value and every table as plain Python data, for the test that both languages
// say the same.
#pragma once

#include <pybind11/pybind11.h>

namespace reshake::bindings {

/// {type name: [{name, type, required, default, at_least, at_most, above, choices}]}
[[nodiscard]] pybind11::dict value_schema();

/// {table name: [{name, kind, choices}]}
[[nodiscard]] pybind11::dict table_schema();

}  // namespace reshake::bindings
