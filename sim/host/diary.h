// What the two sides of an attempt do, written down as it happens: its trace, and its secrets.
//
// Hosts hold a diary only where somebody has asked for evidence. Writing it changes nothing.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "sim/base/time.h"
#include "sim/history/attempt.h"
#include "sim/history/trace.h"
#include "sim/net/network.h"
#include "sim/net/simulation.h"
#include "sim/tls/environment.h"
#include "sim/tls/onlooker.h"
#include "sim/tls/witness.h"

namespace reshake::host {

/// As the auditor writes names of keys and tickets.
[[nodiscard]] std::string hexadecimal(std::uint64_t number);

/// Where diaries end up. Null: nobody wants it.
struct DiaryReaders {
    history::Trace* trace = nullptr;
    std::string* key_log = nullptr;  ///< Lines of the NSS key log format.
};

/// One side's.
class Page final : public tls::Onlooker {
public:
    /// `simulation` and the readers must outlive the page.
    Page(const net::Simulation& simulation, const DiaryReaders& readers, std::string node)
        : simulation_(simulation), readers_(readers), node_(std::move(node)) {}

    void note(std::string_view event, std::vector<history::Detail> details = {});

    /// A step of TLS has begun, after `waited` for a core: what it has read was read now.
    void stepped(Duration waited, const tls::Cost& cost);
    /// It is paid: what it has written leaves now.
    void paid();

    // Of a server, inside a step.
    void answered(bool offered, const tls::Answer& answer, history::NotResumed why_not);
    void issued(const tls::TicketName& name, bool renewal);

    void on_message(bool sent, std::span<const std::uint8_t> message) noexcept override;
    void on_alert(bool sent, std::uint8_t description, std::string_view name) noexcept override;
    void on_secret(std::string_view line) noexcept override;

private:
    struct Said {
        std::string_view event;
        std::vector<history::Detail> details;
    };
    void keep(bool sent, Said said);

    const net::Simulation& simulation_;
    DiaryReaders readers_;
    std::string node_;
    std::vector<Said> read_;     ///< In the step under way.
    std::vector<Said> written_;  ///< And not yet paid.
};

struct Diary {
    Page client;
    Page server;
};

/// Who wants to know of attempts, while they happen.
class AttemptWatcher {
public:
    virtual ~AttemptWatcher() = default;
    /// The attempt of `row` begins on the client's `machine`, which is its alone until another one
    /// begins there. Whom to tell of it, for as long as the run goes on; null: nobody.
    virtual Diary* begins(const history::Attempt& row, net::MachineId machine) = 0;
};

}  // namespace reshake::host
