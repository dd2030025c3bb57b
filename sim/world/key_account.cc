#include "sim/world/key_account.h"

#include <algorithm>
#include <utility>

namespace reshake::world {

KeyAccount::KeyAccount(const WallClock& clock, View view, Instant now)
    : clock_(clock), view_(std::move(view)), settled_(now) {}

void KeyAccount::settle(Instant now) {
    while (settled_ < now && !ended_) {
        const KeyView view = view_(clock_.shows(settled_));
        const Instant until = std::min(now, clock_.when_it_shows(view.until, settled_));
        note(view, settled_, until);
        settled_ = until;
    }
}

void KeyAccount::note(const KeyView& view, Instant from, Instant to) {
    if (view.sealing) {
        Use& sealing = *use(*view.sealing, true, from);
        if (!sealing.sealed_from) sealing.sealed_from = from;
        sealing.sealed_until = to;
    }
    for (const KeyView::Opening& opening : view.opening) {
        if (Use* const open = use(opening.key, false, from)) open->opens_until = to;
    }
}

KeyAccount::Use* KeyAccount::use(const KeyId& key, bool seals, Instant from) {
    const auto found = uses_.find(key);
    if (found != uses_.end()) return &found->second;
    if (key.source == KeySource::own && !seals) return nullptr;
    return &uses_.emplace(key, Use{.arrived = from}).first->second;
}

void KeyAccount::end(Instant now) {
    settle(now);
    ended_ = true;
}

void KeyAccount::close(Instant end) {
    settle(end);
    if (ended_) return;
    for (const KeyView::Opening& opening : view_(clock_.shows(end)).opening) {
        const auto held = uses_.find(opening.key);
        if (held == uses_.end() || held->second.opens_until < end) continue;
        const Instant until = clock_.when_it_shows(opening.until, end);
        if (until != never) held->second.opens_until = until;
    }
}

}  // namespace reshake::world
