// What a visit writes into a diary, where there is one.
#include "sim/host/visit.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace reshake::host {
namespace {

using history::Detail;

template <ClosedSet E>
std::string text_of(E value) {
    return std::string(name_of(value));
}

}  // namespace

void Visit::tell_beginning() {
    AttemptWatcher* const watcher = settings_.surroundings.watcher;
    if (watcher == nullptr) return;
    settings_.surroundings.ledger.at(*row_).diary = watcher->begins(row(), *machine_);
    Page* const diary = page();
    if (diary == nullptr) return;
    const Fleet& fleet = settings_.fleet;
    diary->note("begins", {{"site", fleet.sites[row().site].name},
                           {"server", std::int64_t{row().server}},
                           {"home", fleet.sites[row().home].name},
                           {"attempt", std::int64_t{row().attempt}}});
}

void Visit::tell_offer() {
    Page* const diary = page();
    if (diary == nullptr) return;
    if (!row().offered) {
        diary->note("offers_nothing", {{"why", text_of(row().not_resumed)}});
        return;
    }
    std::vector<Detail> details{{"ticket_age", row().ticket_age}, {"chain_age", row().chain_age}};
    // At this moment the reason says nothing of the server's answer yet.
    if (row().no_early_data == history::NoEarlyData::no_handshake) {
        details.push_back({"early_data", true});
    } else {
        details.push_back({"no_early_data", text_of(row().no_early_data)});
    }
    diary->note("offers_ticket", std::move(details));
}

void Visit::tell_handshake() {
    Page* const diary = page();
    if (diary == nullptr || row().handshake == history::not_reached) return;
    std::vector<Detail> details{{"took", row().handshake}, {"resumed", row().resumed}};
    details.push_back({"authentication", text_of(row().authentication)});
    if (row().early_bytes > 0) {
        details.push_back({"early_bytes", std::int64_t{row().early_bytes}});
        const bool accepted = secure_->endpoint().facts().early_data == tls::EarlyData::accepted;
        details.push_back({"early_data_accepted", accepted});
    }
    diary->note("is_authenticated", std::move(details));
}

void Visit::tell_end(Closing closing) {
    Page* const diary = page();
    if (diary == nullptr) return;
    constexpr std::array<std::string_view, 4> ways{"orderly", "vanishing", "aborted", "killed"};
    diary->note("ends", {{"outcome", text_of(row().outcome)},
                         {"not_resumed", text_of(row().not_resumed)},
                         {"closing", std::string(ways[static_cast<std::size_t>(closing)])},
                         {"took", now() - run_start - row().started}});
}

}  // namespace reshake::host
