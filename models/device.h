// A machine that computes: its cores, and what cryptography costs on one of them.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "models/cost_table.h"
#include "sim/base/fields.h"

namespace reshake {

/// A table of costs and where it came from.
///
/// Invariant: `table` hashes to `sha256`, and is the one built in where `name` says "server-core";
/// the reader of the profile sees to it.
struct DeviceProfile {
    static constexpr std::string_view type_name = "DeviceProfile";

    std::string name = "server-core";  ///< Of a shipped profile, or the path of a file.
    std::string sha256{};              ///< Of the table's lines as text.
    CostTable table = server_core_costs();

    bool operator==(const DeviceProfile& other) const { return table == other.table; }
    static constexpr auto fields() {
        return fields_of(required("name", &DeviceProfile::name),
                         field("sha256", &DeviceProfile::sha256));
    }
    static constexpr auto content() { return fields_of(field("table", &DeviceProfile::table)); }
};

/// Work beyond a device's cores waits in a queue, first come first served.
struct Device {
    static constexpr std::string_view type_name = "Device";

    std::uint32_t cores = 1;
    DeviceProfile profile{};
    double slowdown = 1.0;  ///< CPU time of an operation relative to the profile's table.

    bool operator==(const Device&) const = default;
    static constexpr auto fields() {
        return fields_of(field("cores", &Device::cores, {.at_least = 1.0, .at_most = 4096.0}),
                         field("profile", &Device::profile),
                         field("slowdown", &Device::slowdown, {.at_least = 0.0, .at_most = 1e4}));
    }
};

}  // namespace reshake
