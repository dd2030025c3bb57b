#include "sim/net/fast_open_option.h"

#include <ns3/buffer.h>

#include "sim/base/check.h"

namespace reshake::net {
namespace {

constexpr std::uint8_t fast_open_kind = 34;
constexpr std::uint8_t bare = 2;  ///< Kind and length.
constexpr std::uint8_t with_cookie = bare + sizeof(FastOpenCookie);

/// Only ever written: what arrives is read by ns-3 as a TcpOptionUnknown.
class FastOpenOption final : public ns3::TcpOption {
public:
    explicit FastOpenOption(const FastOpenField& field) : field_(field) {}

    void Print(std::ostream& out) const override { out << "fast open"; }
    void Serialize(ns3::Buffer::Iterator to) const override {
        to.WriteU8(fast_open_kind);
        to.WriteU8(static_cast<std::uint8_t>(GetSerializedSize()));
        if (field_.cookie) to.WriteHtonU64(static_cast<std::uint64_t>(*field_.cookie));
    }
    std::uint32_t Deserialize(ns3::Buffer::Iterator) override { return 0; }
    std::uint32_t GetSerializedSize() const override { return field_.cookie ? with_cookie : bare; }
    /// ns3::TcpHeader takes options only of the kinds that it knows, and asks the option. Of these
    /// "no operation" is the one that nobody looks for. What counts is the kind in `Serialize`.
    std::uint8_t GetKind() const override { return NOP; }

private:
    FastOpenField field_;
};

}  // namespace

std::optional<FastOpenField> fast_open_field(const ns3::TcpHeader& header) {
    if (!header.HasOption(fast_open_kind)) return std::nullopt;
    const ns3::Ptr<const ns3::TcpOption> option = header.GetOption(fast_open_kind);
    const std::uint32_t size = option->GetSerializedSize();
    if (size != with_cookie) return FastOpenField{};
    ns3::Buffer wire;
    wire.AddAtStart(size);
    option->Serialize(wire.Begin());
    ns3::Buffer::Iterator at = wire.Begin();
    at.Next(bare);
    return FastOpenField{static_cast<FastOpenCookie>(at.ReadNtohU64())};
}

void add_fast_open_field(ns3::TcpHeader& header, const FastOpenField& field) {
    const ns3::Ptr<FastOpenOption> option = ns3::CreateObject<FastOpenOption>(field);
    RESHAKE_CHECK(header.AppendOption(option));
}

}  // namespace reshake::net
