#include "sim/tls/queue_bio.h"

#include <algorithm>
#include <cstring>
#include <span>

#include "sim/base/check.h"
#include "sim/tls/openssl_ptr.h"

namespace reshake::tls {
namespace {

Transport& transport_of(BIO* bio) noexcept { return *static_cast<Transport*>(BIO_get_data(bio)); }

int on_write(BIO* bio, const char* data, std::size_t size, std::size_t* written) noexcept {
    BIO_clear_retry_flags(bio);
    transport_of(bio).output.append(std::as_bytes(std::span(data, size)));
    *written = size;
    return 1;
}

int on_read(BIO* bio, char* out, std::size_t room, std::size_t* read) noexcept {
    BIO_clear_retry_flags(bio);
    Transport& transport = transport_of(bio);
    *read = std::min(room, transport.input.size());
    if (*read == 0) {
        if (!transport.ended) BIO_set_retry_read(bio);
        return 0;
    }
    std::memcpy(out, transport.input.front().data(), *read);
    transport.input.consume(*read);
    return 1;
}

long on_control(BIO* bio, int command, long, void*) noexcept {
    const Transport& transport = transport_of(bio);
    switch (command) {
        case BIO_CTRL_FLUSH:
            return 1;
        case BIO_CTRL_PENDING:
            return static_cast<long>(transport.input.size());
        case BIO_CTRL_EOF:
            return transport.ended && transport.input.empty() ? 1 : 0;
        default:
            return 0;
    }
}

int on_create(BIO* bio) noexcept {
    BIO_set_init(bio, 1);
    return 1;
}

BioMethodPtr new_method() {
    BioMethodPtr method(BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "reshake queues"));
    RESHAKE_CHECK(method != nullptr);
    BIO_meth_set_write_ex(method.get(), on_write);
    BIO_meth_set_read_ex(method.get(), on_read);
    BIO_meth_set_ctrl(method.get(), on_control);
    BIO_meth_set_create(method.get(), on_create);
    return method;
}

}  // namespace

BIO* new_queue_bio(Transport& transport) {
    static const BioMethodPtr method = new_method();
    BIO* const bio = BIO_new(method.get());
    RESHAKE_CHECK(bio != nullptr);
    BIO_set_data(bio, &transport);
    return bio;
}

}  // namespace reshake::tls
