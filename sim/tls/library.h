// One OpenSSL library context with one provider: the built-in default one, its generators of
// randomness replaced by the seeded stream, its operations metered.
#pragma once

#include <memory>

namespace reshake::tls {

/// One per run; every context, key and certificate of the run is made within it.
///
/// Not in this header: OpenSSL's types. `Handle` is completed inside this room.
class Library {
public:
    Library();
    ~Library();
    Library(const Library&) = delete;
    Library& operator=(const Library&) = delete;

    struct Handle;
    [[nodiscard]] Handle& handle() const noexcept { return *handle_; }

private:
    std::unique_ptr<Handle> handle_;
};

/// Version of the OpenSSL that is linked, e.g. "3.5.7".
[[nodiscard]] const char* openssl_version() noexcept;

}  // namespace reshake::tls
