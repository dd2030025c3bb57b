// Who is told what a connection says and hears, message by message: for traces and key logs.
//
// It is told from inside OpenSSL's callbacks, sees and changes nothing, and must not call an
// endpoint. Without an onlooker nothing is read twice.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace reshake::tls {

class Onlooker {
public:
    virtual ~Onlooker() = default;
    /// A handshake message in clear, its header included, in the step that reads or writes it.
    virtual void on_message(bool sent, std::span<const std::uint8_t> message) noexcept = 0;
    /// close_notify included. `name` is OpenSSL's for it.
    virtual void on_alert(bool sent, std::uint8_t description, std::string_view name) noexcept = 0;
    /// A line of a key log, without its end (the NSS key log format, SSLKEYLOGFILE). Only where the
    /// context logs keys.
    virtual void on_secret(std::string_view line) noexcept = 0;
};

}  // namespace reshake::tls
