#include "sim/world/key_watch.h"

#include "models/key_view.h"

namespace reshake::world {

KeyWatch::KeyWatch(host::AuditTrail& trail, net::Simulation& simulation, const WallClock& clock,
                   const HeldKeys& held, Name name)
    : trail_(trail),
      simulation_(simulation),
      clock_(clock),
      held_(held),
      name_(std::move(name)),
      alarm_(simulation, [this] { look(); }) {
    look();
}

void KeyWatch::look() {
    const Instant now = simulation_.now();
    const KeyView view = view_of(held_, clock_.shows(now));
    std::set<KeyId> opening;
    for (const KeyView::Opening& each : view.opening) {
        if (each.key.source == KeySource::coordinator) opening.insert(each.key);
    }
    for (const KeyId& key : opening_) {
        if (!opening.contains(key)) trail_.retired(name_(key));
    }
    for (const KeyId& key : opening) {
        if (!opening_.contains(key)) trail_.received(name_(key));
    }
    opening_ = std::move(opening);
    const Instant next = clock_.when_it_shows(view.until, now);
    if (next == never) {
        alarm_.clear();
    } else {
        alarm_.set(next);
    }
}

void KeyWatch::forget() {
    opening_.clear();
    look();
}

}  // namespace reshake::world
