// What the keys of one server were good for over a run, as its table of ticket keys tells it.
//
// Between two moments at which something happens to the server (a key arrives, its clock is put
// off) its keys follow from its clock alone, so that nothing needs to be watched meanwhile.
#pragma once

#include <functional>
#include <map>
#include <optional>

#include "models/key_view.h"
#include "models/wall_clock.h"
#include "sim/base/time.h"

namespace reshake::world {

class KeyAccount {
public:
    using View = std::function<KeyView(Instant date)>;

    /// `clock` must outlive the account, and so must whatever `view` looks at.
    KeyAccount(const WallClock& clock, View view, Instant now);

    /// Accounts for the time up to `now`: to be called before anything happens to the server.
    void settle(Instant now);
    /// The last time: from now on the server has other keys.
    void end(Instant now);
    /// Accounts for what is left, and for how long the keys would go on opening from `end` on.
    void close(Instant end);

    struct Use {
        Instant arrived = run_start;
        std::optional<Instant> sealed_from{};  ///< None: it never did.
        Instant sealed_until = run_start;
        Instant opens_until = run_start;
    };
    /// From first to last, where a clock that was put back has brought a key twice.
    [[nodiscard]] const std::map<KeyId, Use>& uses() const noexcept { return uses_; }

private:
    void note(const KeyView& view, Instant from, Instant to);
    /// The use of a key that the server has at `from`; null for one of its own not yet made.
    [[nodiscard]] Use* use(const KeyId& key, bool seals, Instant from);

    const WallClock& clock_;
    View view_;
    Instant settled_;
    bool ended_ = false;
    std::map<KeyId, Use> uses_;
};

}  // namespace reshake::world
