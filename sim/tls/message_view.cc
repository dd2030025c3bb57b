#include "sim/tls/message_view.h"

#include <openssl/ssl.h>

#include <algorithm>

#include "sim/tls/connection.h"

namespace reshake::tls {
namespace {

using Bytes = std::span<const std::uint8_t>;

constexpr std::uint16_t session_ticket = TLSEXT_TYPE_session_ticket;
constexpr std::uint16_t pre_shared_key = TLSEXT_TYPE_psk;
constexpr std::uint16_t early_data = TLSEXT_TYPE_early_data;

/// Takes bytes from the front; at the end there are zeros and empty vectors.
class Reader {
public:
    explicit Reader(Bytes bytes) noexcept : bytes_(bytes) {}

    Bytes take(std::size_t size) noexcept {
        size = std::min(size, bytes_.size());
        const Bytes taken = bytes_.first(size);
        bytes_ = bytes_.subspan(size);
        return taken;
    }
    std::uint32_t number(std::size_t size) noexcept {
        std::uint32_t value = 0;
        for (const std::uint8_t byte : take(size)) value = value << 8u | byte;
        return value;
    }
    /// A vector after its length in `size` bytes.
    Bytes vector(std::size_t size) noexcept { return take(number(size)); }
    [[nodiscard]] bool empty() const noexcept { return bytes_.empty(); }

private:
    Bytes bytes_;
};

void note_ticket(Bytes ticket, MessageView& view) noexcept {
    view.ticket_size = ticket.size();
    if (ticket.size() >= sizeof view.ticket_begins) view.ticket_begins = number_of(ticket);
}

void read_extensions(Bytes extensions, bool of_client, MessageView& view) noexcept {
    Reader reader(extensions);
    while (!reader.empty()) {
        const auto type = static_cast<std::uint16_t>(reader.number(2));
        const Bytes content = reader.vector(2);
        if (type == early_data) view.early_data = true;
        if (type == pre_shared_key && !of_client) view.takes_psk = true;
        if (type == pre_shared_key && of_client) {
            Reader identities(Reader(content).vector(2));
            note_ticket(identities.vector(2), view);
        }
        if (type == session_ticket && of_client && !content.empty()) note_ticket(content, view);
    }
}

void read_hello(Reader body, bool of_client, MessageView& view) noexcept {
    constexpr std::size_t version_and_random = 2 + 32;
    body.take(version_and_random);
    view.session_id = !body.vector(1).empty();
    if (of_client) {
        body.vector(2);  // Cipher suites.
        body.vector(1);  // Compression methods.
    } else {
        body.take(3);  // The suite and the method that were chosen.
    }
    read_extensions(body.vector(2), of_client, view);
}

std::string_view name_of(std::uint8_t type) noexcept {
    switch (type) {
        case SSL3_MT_CLIENT_HELLO:
            return "ClientHello";
        case SSL3_MT_SERVER_HELLO:
            return "ServerHello";
        case SSL3_MT_NEWSESSION_TICKET:
            return "NewSessionTicket";
        case SSL3_MT_END_OF_EARLY_DATA:
            return "EndOfEarlyData";
        case SSL3_MT_ENCRYPTED_EXTENSIONS:
            return "EncryptedExtensions";
        case SSL3_MT_CERTIFICATE:
            return "Certificate";
        case SSL3_MT_COMPRESSED_CERTIFICATE:
            return "CompressedCertificate";
        case SSL3_MT_SERVER_KEY_EXCHANGE:
            return "ServerKeyExchange";
        case SSL3_MT_CERTIFICATE_REQUEST:
            return "CertificateRequest";
        case SSL3_MT_SERVER_DONE:
            return "ServerHelloDone";
        case SSL3_MT_CERTIFICATE_VERIFY:
            return "CertificateVerify";
        case SSL3_MT_CLIENT_KEY_EXCHANGE:
            return "ClientKeyExchange";
        case SSL3_MT_FINISHED:
            return "Finished";
        case SSL3_MT_KEY_UPDATE:
            return "KeyUpdate";
        default:
            return "";
    }
}

}  // namespace

MessageView view_of(std::span<const std::uint8_t> message) noexcept {
    MessageView view;
    view.size = message.size();
    if (message.empty()) return view;
    const std::uint8_t type = message.front();
    view.name = name_of(type);
    Reader body(message);
    body.take(4);  // Type and length.
    if (type == SSL3_MT_CLIENT_HELLO || type == SSL3_MT_SERVER_HELLO) {
        read_hello(body, type == SSL3_MT_CLIENT_HELLO, view);
        if (type == SSL3_MT_SERVER_HELLO && is_retry_request(message)) {
            view.name = "HelloRetryRequest";
            view.is_retry = true;
        }
    } else if (type == SSL3_MT_NEWSESSION_TICKET) {
        view.ticket_lifetime = body.number(4);
    }
    return view;
}

}  // namespace reshake::tls
