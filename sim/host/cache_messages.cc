#include "sim/host/cache_messages.h"

#include <type_traits>

#include "sim/base/check.h"

namespace reshake::host {
namespace {

class Writer {
public:
    explicit Writer(std::size_t expected) { bytes_.reserve(expected); }

    template <typename Number>
    Writer& number(Number value) {
        for (std::size_t i = sizeof value; i-- > 0;) {  // Network byte order.
            bytes_.push_back(static_cast<std::byte>(value >> (8 * i) & 0xff));
        }
        return *this;
    }
    Writer& append(std::span<const std::byte> more) {
        bytes_.insert(bytes_.end(), more.begin(), more.end());
        return *this;
    }
    [[nodiscard]] std::vector<std::byte> take() { return std::move(bytes_); }

private:
    std::vector<std::byte> bytes_;
};

class Reader {
public:
    explicit Reader(std::span<const std::byte> bytes) : rest_(bytes) {}

    template <typename Number>
    Number number() {
        std::uint64_t value = 0;
        for (const std::byte byte : take(sizeof(Number))) {
            value = value << 8 | std::to_integer<std::uint64_t>(byte);
        }
        return static_cast<Number>(value);
    }
    std::span<const std::byte> take(std::size_t size) {
        RESHAKE_CHECK(size <= rest_.size());
        const auto taken = rest_.first(size);
        rest_ = rest_.subspan(size);
        return taken;
    }
    std::vector<std::byte> rest() { return {rest_.begin(), rest_.end()}; }

private:
    std::span<const std::byte> rest_;
};

constexpr std::size_t most_of_the_rest = 64;

}  // namespace

std::vector<std::byte> as_bytes(const CacheRequest& request) {
    return Writer(most_of_the_rest + request.key.size() + request.value.size())
        .number(static_cast<std::uint8_t>(request.verb))
        .number(request.number)
        .number(request.site)
        .number(request.server)
        .number(static_cast<std::uint64_t>(request.lifetime.count()))
        .number(static_cast<std::uint16_t>(request.key.size()))
        .append(std::as_bytes(std::span(request.key)))
        .append(request.value)
        .take();
}

CacheRequest parse_cache_request(std::span<const std::byte> bytes) {
    Reader reader(bytes);
    CacheRequest request;
    const auto verb = reader.number<std::uint8_t>();
    RESHAKE_CHECK(verb <= static_cast<std::uint8_t>(CacheVerb::remove));
    request.verb = static_cast<CacheVerb>(verb);
    request.number = reader.number<std::uint64_t>();
    request.site = reader.number<std::uint16_t>();
    request.server = reader.number<std::uint16_t>();
    request.lifetime = Duration(static_cast<std::int64_t>(reader.number<std::uint64_t>()));
    const auto key = reader.take(reader.number<std::uint16_t>());
    request.key.assign(reinterpret_cast<const char*>(key.data()), key.size());
    request.value = reader.rest();
    return request;
}

std::vector<std::byte> as_bytes(const CacheReply& reply) {
    return Writer(most_of_the_rest + reply.value.size())
        .number(reply.number)
        .number(static_cast<std::uint8_t>(reply.answer))
        .append(reply.value)
        .take();
}

CacheReply parse_cache_reply(std::span<const std::byte> bytes) {
    Reader reader(bytes);
    CacheReply reply;
    reply.number = reader.number<std::uint64_t>();
    const auto answer = reader.number<std::uint8_t>();
    RESHAKE_CHECK(answer <= static_cast<std::uint8_t>(CacheAnswer::removed));
    reply.answer = static_cast<CacheAnswer>(answer);
    reply.value = reader.rest();
    return reply;
}

}  // namespace reshake::host
