#include "sim/tls/provider.h"

#include <openssl/core_dispatch.h>

#include <mutex>
#include <vector>

#include "sim/base/check.h"
#include "sim/tls/metering.h"
#include "sim/tls/seeded_generator.h"

// Source: providers/defltprov.c. Not in a public header, but linkable from the static library.
extern "C" OSSL_provider_init_fn ossl_default_provider_init;

namespace reshake::tls {
namespace {

OSSL_FUNC_provider_query_operation_fn* query_default = nullptr;

const OSSL_ALGORITHM* query(void* context, int operation, int* no_cache) noexcept {
    if (operation == OSSL_OP_RAND) {
        *no_cache = 0;
        return seeded_generators();
    }
    return metered(operation, query_default(context, operation, no_cache));
}

/// The default provider's table with our query in place of its own.
std::vector<OSSL_DISPATCH> redirected(const OSSL_DISPATCH* table) {
    std::vector<OSSL_DISPATCH> ours;
    for (; table->function_id != 0; ++table) {
        ours.push_back(*table);
        if (table->function_id != OSSL_FUNC_PROVIDER_QUERY_OPERATION) continue;
        query_default = OSSL_FUNC_provider_query_operation(table);
        ours.back().function = reinterpret_cast<void (*)()>(&query);
    }
    RESHAKE_CHECK(query_default != nullptr);
    ours.push_back(OSSL_DISPATCH OSSL_DISPATCH_END);
    return ours;
}

}  // namespace

int init_provider(const OSSL_CORE_HANDLE* core, const OSSL_DISPATCH* from_core,
                  const OSSL_DISPATCH** to_core, void** context) noexcept {
    const OSSL_DISPATCH* original = nullptr;
    if (ossl_default_provider_init(core, from_core, &original, context) != 1) return 0;
    // The default provider's table is the same for every library context.
    static const std::vector<OSSL_DISPATCH> ours = redirected(original);
    *to_core = ours.data();
    return 1;
}

}  // namespace reshake::tls
