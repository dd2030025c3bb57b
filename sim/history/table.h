// Records as columns: what a run writes row by row and leaves column by column.
#pragma once

#include <cstddef>
#include <cstdint>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

#include "sim/base/check.h"
#include "sim/base/fields.h"
#include "sim/base/time.h"

namespace reshake::history {

template <typename T>
struct ColumnOf {
    using type = T;
};
template <>
struct ColumnOf<Duration> {
    using type = std::int64_t;
};
template <>
struct ColumnOf<bool> {
    using type = std::uint8_t;  // Not vector<bool>: a column is plain memory.
};
template <ClosedSet E>
struct ColumnOf<E> {
    using type = std::uint8_t;
};

/// How a field lies in its column: durations as nanoseconds, closed sets and truths as one byte.
template <typename T>
using column_type = typename ColumnOf<T>::type;

/// Rows of one record type.
///
/// Shape: one std::vector per field of Record, all of the same length.
template <HasFields Record>
class Table {
public:
    void add(const Record& row) { add_fields(row, std::make_index_sequence<field_count>{}); }

    [[nodiscard]] std::size_t size() const noexcept { return std::get<0>(columns_).size(); }

    /// What lies in a row for `member`, to be changed: what happens may go on after its row began.
    /// Valid until the next row.
    template <typename T>
    [[nodiscard]] column_type<T>& at(std::size_t row, T Record::* member) {
        column_type<T>* found = nullptr;
        find_column(
            member, [&](auto& column) { found = &column[row]; },
            std::make_index_sequence<field_count>{});
        RESHAKE_CHECK(found != nullptr);
        return *found;
    }
    /// The same for times.
    void set(std::size_t row, Duration Record::* member, Duration value) {
        at(row, member) = value.count();
    }

    /// Calls `visit(field, column)` for each field; the visitor may move the column away.
    template <typename Visitor>
    void for_each_column(Visitor&& visit) {
        visit_columns(visit, std::make_index_sequence<field_count>{});
    }

private:
    static constexpr auto fields =
        Record::fields()([](const auto&... each) { return std::tuple{each...}; });
    static constexpr std::size_t field_count = std::tuple_size_v<decltype(fields)>;

    template <typename... Each>
    static std::tuple<std::vector<column_type<Each>>...> columns_of(
        const std::tuple<Field<Record, Each>...>&);
    using Columns = decltype(columns_of(fields));

    template <typename T>
    static column_type<T> stored(const T& value) noexcept {
        if constexpr (std::is_same_v<T, Duration>) {
            return value.count();
        } else {
            return static_cast<column_type<T>>(value);
        }
    }

    template <std::size_t... I>
    void add_fields(const Record& row, std::index_sequence<I...>) {
        (std::get<I>(columns_).push_back(stored(row.*std::get<I>(fields).member)), ...);
    }

    template <typename T, typename Use, std::size_t... I>
    void find_column(T Record::* member, Use&& use, std::index_sequence<I...>) {
        const auto look = [&](const auto& field, auto& column) {
            if constexpr (std::is_same_v<std::remove_cvref_t<decltype(field.member)>,
                                         T Record::*>) {
                if (field.member == member) use(column);
            }
        };
        (look(std::get<I>(fields), std::get<I>(columns_)), ...);
    }

    template <typename Visitor, std::size_t... I>
    void visit_columns(Visitor& visit, std::index_sequence<I...>) {
        (visit(std::get<I>(fields), std::get<I>(columns_)), ...);
    }

    Columns columns_;
};

}  // namespace reshake::history
