// Wraps the tables of a provider so that each operation is charged to the environment.
//
// A C callback of a provider gets its own context and nothing that tells which algorithm it serves.
// So each (function, algorithm) pair gets a C++ function of its own, a tap, stamped out by
// template.
#pragma once

#include <openssl/core.h>
#include <openssl/core_dispatch.h>

#include <array>
#include <cstddef>
#include <string_view>
#include <type_traits>
#include <utility>

namespace reshake::tls {

/// The algorithm that a tap serves.
struct Algorithm {
    std::string_view name;                    ///< The provider's first name for it.
    const OSSL_DISPATCH* original = nullptr;  ///< The provider's own table.

    /// The provider's function of that id, nullptr if it has none.
    template <typename Function>
    [[nodiscard]] Function* function(int id) const noexcept {
        for (const OSSL_DISPATCH* each = original; each->function_id != 0; ++each) {
            if (each->function_id == id) return reinterpret_cast<Function*>(each->function);
        }
        return nullptr;
    }
};

/// A policy says which function it stands before and what to do around it:
///
///     struct Policy {
///         using Function = OSSL_FUNC_kdf_derive_fn;
///         static constexpr int id = OSSL_FUNC_KDF_DERIVE;
///         static int run(Function& original, const Algorithm&, void* context, ...) noexcept;
///     };
template <typename Policy, std::size_t slot, typename Function = typename Policy::Function>
struct Tap;

template <typename Policy, std::size_t slot, typename Result, typename... Arguments>
struct Tap<Policy, slot, Result(Arguments...)> {
    static inline typename Policy::Function* original = nullptr;
    static inline const Algorithm* algorithm = nullptr;

    static Result call(Arguments... arguments) noexcept {
        return Policy::run(*original, *algorithm, arguments...);
    }
};

/// The taps of one class of operations, for up to `capacity` algorithms.
template <std::size_t capacity, typename... Policies>
class Taps {
public:
    /// Redirects the functions in `table`, a copy of `algorithm.original`, through the taps of
    /// `slot`. Returns whether there was any. `algorithm` must outlive the process's last call.
    static bool redirect(std::size_t slot, const Algorithm& algorithm, OSSL_DISPATCH* table) {
        return installers[slot](algorithm, table);
    }
    static constexpr std::size_t size = capacity;

private:
    template <typename Policy, std::size_t slot>
    static bool install_one(const Algorithm& algorithm, OSSL_DISPATCH* table) {
        using ThisTap = Tap<Policy, slot>;
        bool any = false;
        for (; table->function_id != 0; ++table) {
            if (table->function_id != Policy::id) continue;
            ThisTap::original = reinterpret_cast<typename Policy::Function*>(table->function);
            ThisTap::algorithm = &algorithm;
            table->function = reinterpret_cast<void (*)()>(&ThisTap::call);
            any = true;
        }
        return any;
    }
    template <std::size_t slot>
    static bool install(const Algorithm& algorithm, OSSL_DISPATCH* table) {
        return (static_cast<int>(install_one<Policies, slot>(algorithm, table)) + ...) > 0;
    }
    template <std::size_t... slots>
    static constexpr auto all_installers(std::index_sequence<slots...>) {
        return std::array<bool (*)(const Algorithm&, OSSL_DISPATCH*), capacity>{&install<slots>...};
    }
    static constexpr auto installers = all_installers(std::make_index_sequence<capacity>());
};

/// The metered form of the provider's algorithms of one operation class (OSSL_OP_SIGNATURE, …).
///
/// Classes that nobody pays for are returned as they are. Made once per process and kept, since
/// library contexts cache what they fetched; every later call returns the same table.
[[nodiscard]] const OSSL_ALGORITHM* metered(int operation, const OSSL_ALGORITHM* algorithms);

}  // namespace reshake::tls
