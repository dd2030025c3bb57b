#include "bindings/schema.h"

#include <pybind11/stl.h>

#include <cmath>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <variant>
#include <vector>

#include "models/describe.h"
#include "models/scenario.h"
#include "sim/history/history.h"

namespace reshake::bindings {
namespace {

namespace py = pybind11;

template <typename T>
inline constexpr bool is_pair_of_strings = std::is_same_v<T, std::array<std::string, 2>>;

template <typename T>
std::string type_of();

template <typename... Alternatives>
std::string union_of(std::type_identity<std::variant<Alternatives...>>) {
    std::string names;
    const auto add = [&]<typename Alternative>(std::type_identity<Alternative>) {
        if constexpr (std::is_same_v<Alternative, std::monostate>) {
            names += "None|";
        } else {
            names += std::string(Alternative::type_name) + "|";
        }
    };
    (add(std::type_identity<Alternatives>{}), ...);
    names.pop_back();
    return "union:" + names;
}

template <typename T>
std::string type_of() {
    if constexpr (std::is_same_v<T, Duration>) {
        return "duration";
    } else if constexpr (std::is_same_v<T, BitRate>) {
        return "rate";
    } else if constexpr (std::is_same_v<T, bool>) {
        return "boolean";
    } else if constexpr (std::is_floating_point_v<T>) {
        return "number";
    } else if constexpr (std::is_integral_v<T>) {
        return "integer";
    } else if constexpr (std::is_same_v<T, std::string>) {
        return "string";
    } else if constexpr (ClosedSet<T>) {
        return "closed set";
    } else if constexpr (is_pair_of_strings<T>) {
        return "pair:string";
    } else if constexpr (is_optional<T>) {
        if constexpr (is_variant<typename T::value_type>) {
            return "union:None|" + type_of<typename T::value_type>().substr(6);  // "union:"
        }
        return "optional:" + type_of<typename T::value_type>();
    } else if constexpr (is_vector<T>) {
        return "list:" + type_of<typename T::value_type>();
    } else if constexpr (is_variant<T>) {
        return union_of(std::type_identity<T>{});
    } else {
        return "value:" + std::string(T::type_name);
    }
}

/// Numbers as numbers, times as nanoseconds, closed sets as names, absence as None; a value that is
/// itself a struct as the dict of its fields' defaults.
template <typename T>
py::object default_of(const T& value) {
    if constexpr (std::is_same_v<T, Duration>) {
        return py::int_(value.count());
    } else if constexpr (std::is_same_v<T, BitRate>) {
        return py::int_(value.bits_per_second);
    } else if constexpr (ClosedSet<T>) {
        return py::str(std::string(name_of(value)));
    } else if constexpr (std::is_arithmetic_v<T> || std::is_same_v<T, std::string>) {
        return py::cast(value);
    } else if constexpr (is_optional<T>) {
        if (!value) return py::none();
        return default_of(*value);
    } else if constexpr (is_vector<T>) {
        py::list list;
        for (const auto& each : value) list.append(default_of(each));
        return list;
    } else if constexpr (HasFields<T>) {
        py::dict dict;
        for_each_field<T>([&](const auto& each) {
            dict[py::str(std::string(each.name))] = default_of(value.*each.member);
        });
        return dict;
    } else {
        return py::none();
    }
}

template <typename T>
py::object choices_of() {
    if constexpr (ClosedSet<T>) {
        py::list names;
        for (const auto name : names_of(T{})) names.append(std::string(name));
        return names;
    } else if constexpr (is_optional<T> || is_vector<T>) {
        return choices_of<typename T::value_type>();
    } else {
        return py::none();
    }
}

py::object bound(double value) {
    return std::isinf(value) ? py::object(py::none()) : py::object(py::float_(value));
}

template <HasFields T>
void add_value(py::dict& schema) {
    py::list fields;
    const T value{};
    for_each_field<T>([&](const auto& each) {
        using Member = std::remove_cvref_t<decltype(value.*each.member)>;
        py::dict described;
        described["name"] = std::string(each.name);
        described["type"] = type_of<Member>();
        described["required"] = each.presence == Presence::required;
        described["default"] = default_of(value.*each.member);
        described["at_least"] = bound(each.bounds.at_least);
        described["at_most"] = bound(each.bounds.at_most);
        described["above"] = each.bounds.above;
        described["choices"] = choices_of<Member>();
        fields.append(described);
    });
    schema[py::str(std::string(T::type_name))] = fields;
}

template <typename T>
std::string_view kind_of() {
    if constexpr (std::is_same_v<T, Duration>) {
        return "duration";
    } else if constexpr (std::is_same_v<T, bool>) {
        return "boolean";
    } else if constexpr (ClosedSet<T>) {
        return "closed set";
    } else if constexpr (std::is_floating_point_v<T>) {
        return "number";
    } else {
        return "integer";
    }
}

template <HasFields Record>
void add_table(py::dict& schema, const history::Table<Record>&) {
    py::list columns;
    const Record row{};
    for_each_field<Record>([&](const auto& each) {
        using Member = std::remove_cvref_t<decltype(row.*each.member)>;
        py::dict described;
        described["name"] = std::string(each.name);
        described["kind"] = std::string(kind_of<Member>());
        described["choices"] = choices_of<Member>();
        columns.append(described);
    });
    schema[py::str(std::string(Record::table_name))] = columns;
}

}  // namespace

py::dict value_schema() {
    py::dict schema;
    add_value<Bernoulli>(schema);
    add_value<GilbertElliott>(schema);
    add_value<GilbertElliottInTime>(schema);
    add_value<DropPackets>(schema);
    add_value<Jitter>(schema);
    add_value<Radio>(schema);
    add_value<DropTail>(schema);
    add_value<CoDel>(schema);
    add_value<FqCoDel>(schema);
    add_value<OneWay>(schema);
    add_value<Link>(schema);
    add_value<DeliveryTrace>(schema);
    add_value<TraceLink>(schema);
    add_value<DayPhase>(schema);
    add_value<Phases>(schema);
    add_value<Wifi>(schema);
    add_value<Lte>(schema);
    add_value<Handover>(schema);
    add_value<Poisson>(schema);
    add_value<Diurnal>(schema);
    add_value<Exponential>(schema);
    add_value<Weibull>(schema);
    add_value<Pareto>(schema);
    add_value<LogNormal>(schema);
    add_value<Constant>(schema);
    add_value<Empirical>(schema);
    add_value<LogNormalBytes>(schema);
    add_value<ParetoBytes>(schema);
    add_value<EmpiricalBytes>(schema);
    add_value<Renewal>(schema);
    add_value<FlashCrowd>(schema);
    add_value<Rounds>(schema);
    add_value<Trace>(schema);
    add_value<OnOff>(schema);
    add_value<Alternating>(schema);
    add_value<DeviceChange>(schema);
    add_value<AppRestarts>(schema);
    add_value<StekRotation>(schema);
    add_value<ClockDerived>(schema);
    add_value<KeyCoordinator>(schema);
    add_value<Tickets>(schema);
    add_value<TicketStorage>(schema);
    add_value<ClientTls>(schema);
    add_value<ServerTls>(schema);
    add_value<DeviceProfile>(schema);
    add_value<Device>(schema);
    add_value<Nat>(schema);
    add_value<Firewall>(schema);
    add_value<BlackHole>(schema);
    add_value<ResetInjection>(schema);
    add_value<RetryBudget>(schema);
    add_value<Retry>(schema);
    add_value<Clients>(schema);
    add_value<Tenant>(schema);
    add_value<Site>(schema);
    add_value<HealthCheck>(schema);
    add_value<SessionCache>(schema);
    add_value<Admission>(schema);
    add_value<OutlierDetection>(schema);
    add_value<Fleet>(schema);
    add_value<Flapping>(schema);
    add_value<Partition>(schema);
    add_value<GreyFailure>(schema);
    add_value<Restart>(schema);
    add_value<Deploy>(schema);
    add_value<Drain>(schema);
    add_value<ErrorShare>(schema);
    add_value<ResumedShare>(schema);
    add_value<Latency>(schema);
    add_value<TicketAge>(schema);
    add_value<ChainAge>(schema);
    add_value<ServerQueueing>(schema);
    add_value<FallbackTime>(schema);
    add_value<Recovery>(schema);
    add_value<EveryAttemptEnds>(schema);
    add_value<ClockSkew>(schema);
    add_value<Crash>(schema);
    add_value<Freeze>(schema);
    add_value<Overload>(schema);
    add_value<CacheLoss>(schema);
    add_value<KeyWipe>(schema);
    add_value<KeyDesync>(schema);
    add_value<KeyCorruption>(schema);
    add_value<CertificateExpiry>(schema);
    add_value<CertificateReplacement>(schema);
    add_value<Revocation>(schema);
    add_value<PolicyFlip>(schema);
    add_value<RolloutStage>(schema);
    add_value<CanaryAnalysis>(schema);
    add_value<StagedRollout>(schema);
    add_value<Periodic>(schema);
    add_value<Strike>(schema);
    add_value<Intensity>(schema);
    add_value<Nemesis>(schema);
    add_value<TenantsApart>(schema);
    add_value<ExecutedOnce>(schema);
    add_value<NoReplay>(schema);
    add_value<Scenario>(schema);
    return schema;
}

py::dict table_schema() {
    py::dict schema;
    history::History history;
    history.for_each_table([&](const auto& table) { add_table(schema, table); });
    return schema;
}

}  // namespace reshake::bindings
