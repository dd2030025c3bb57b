#include "sim/host/diary.h"

#include <utility>

#include "sim/host/early_data.h"
#include "sim/tls/message_view.h"

namespace reshake::host {
namespace {

using history::Detail;

std::vector<Detail> details_of(const tls::MessageView& message) {
    std::vector<Detail> details{{"message", std::string(message.name)},
                                {"bytes", static_cast<std::int64_t>(message.size)}};
    const bool hello = message.name == "ClientHello";
    if (hello && message.ticket_size > 0) {
        details.push_back({"ticket_bytes", static_cast<std::int64_t>(message.ticket_size)});
        details.push_back({"ticket_begins", hexadecimal(message.ticket_begins)});
    }
    if (hello && message.early_data) details.push_back({"early_data", true});
    if (message.takes_psk) details.push_back({"pre_shared_key", true});
    if (message.ticket_lifetime) {
        details.push_back({"lifetime", Duration(std::chrono::seconds(*message.ticket_lifetime))});
    }
    return details;
}

}  // namespace

std::string hexadecimal(std::uint64_t number) {
    constexpr std::string_view digits = "0123456789abcdef";
    std::string text(16, '0');
    for (std::size_t i = text.size(); i > 0; --i, number >>= 4u) text[i - 1] = digits[number & 15u];
    return text;
}

void Page::note(std::string_view event, std::vector<Detail> details) {
    if (readers_.trace == nullptr) return;
    readers_.trace->push_back({.at = simulation_.now() - run_start,
                               .node = node_,
                               .event = event,
                               .details = std::move(details)});
}

void Page::stepped(Duration waited, const tls::Cost& cost) {
    for (Said& said : std::exchange(read_, {})) note(said.event, std::move(said.details));
    if (cost.total == Duration::zero() && waited == Duration::zero()) return;
    std::vector<Detail> details{{"takes", cost.total}};
    if (cost.verification > Duration::zero()) {
        details.push_back({"verification", cost.verification});
    }
    if (waited > Duration::zero()) details.push_back({"waited", waited});
    note("computes", std::move(details));
}

void Page::paid() {
    for (Said& said : std::exchange(written_, {})) note(said.event, std::move(said.details));
}

void Page::answered(bool offered, const tls::Answer& answer, history::NotResumed why_not) {
    if (readers_.trace == nullptr) return;
    const bool resumes = answer.verdict == tls::TicketVerdict::accepted;
    std::vector<Detail> details{{"resumes", resumes}};
    if (offered && !resumes) {
        details.push_back({"why_not", std::string(name_of(why_not))});
    }
    if (answer.offered.key != 0) details.push_back({"key", hexadecimal(answer.offered.key)});
    if (answer.offered.ticket != 0) {
        details.push_back({"ticket", hexadecimal(answer.offered.ticket)});
    }
    if (answer.early_data != tls::EarlyData::not_offered) {
        const bool taken = answer.early_data == tls::EarlyData::accepted;
        details.push_back({"takes_early_data", taken});
        if (!taken) {
            const auto why = why_not_early(answer.early_data_verdict);
            details.push_back({"why_no_early_data", std::string(name_of(why))});
        }
    }
    keep(false, {"answers", std::move(details)});
}

void Page::issued(const tls::TicketName& name, bool renewal) {
    if (readers_.trace == nullptr) return;
    std::vector<Detail> details{{"renewal", renewal}};
    if (name.key != 0) details.push_back({"key", hexadecimal(name.key)});
    details.push_back({"ticket", hexadecimal(name.ticket)});
    keep(false, {"issues_ticket", std::move(details)});
}

void Page::keep(bool sent, Said said) { (sent ? written_ : read_).push_back(std::move(said)); }

void Page::on_message(bool sent, std::span<const std::uint8_t> message) noexcept {
    if (readers_.trace == nullptr) return;
    keep(sent, {sent ? "sends" : "receives", details_of(tls::view_of(message))});
}

void Page::on_alert(bool sent, std::uint8_t description, std::string_view name) noexcept {
    if (readers_.trace == nullptr) return;
    keep(sent, {sent ? "sends_alert" : "receives_alert",
                {{"alert", std::int64_t{description}}, {"name", std::string(name)}}});
}

void Page::on_secret(std::string_view line) noexcept {
    if (readers_.key_log == nullptr) return;
    readers_.key_log->append(line).push_back('\n');
}

}  // namespace reshake::host
