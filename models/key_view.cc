#include "models/key_view.h"

#include <algorithm>

namespace reshake {

bool KeyView::opens(const KeyId& key) const noexcept {
    return std::ranges::find(opening, key, &Opening::key) != opening.end();
}

KeyView view_of(const StekRotation& rotation, const ClockDerived& derived, Instant date) {
    const std::int64_t current = issuing_generation(rotation, date);
    KeyView view{.sealing = KeyId{.generation = current},
                 .opening = {},
                 .until = begins_at(rotation, current + 1)};
    const std::int64_t last = current + std::int64_t{derived.accept_next};
    for (std::int64_t key = current - rotation.keep_previous; key <= last; ++key) {
        view.opening.push_back(
            {KeyId{.generation = key}, begins_at(rotation, key) + honoured_for(rotation)});
    }
    return view;
}

KeyView view_of(const HeldKeys& held, Instant date) {
    KeyView view{.sealing = held.sealing(date).key, .opening = {}, .until = held.next_change(date)};
    for (const HandedKey& key : held.received()) {
        const Instant until = held.opens_until(key, date);
        if (date < until) view.opening.push_back({key.id, until});
    }
    if (held.makes_own()) {
        const StekRotation& rotation = held.rotation();
        const std::int64_t current = issuing_generation(rotation, date);
        for (std::int64_t own = current - rotation.keep_previous; own <= current; ++own) {
            view.opening.push_back({KeyId{.source = KeySource::own, .generation = own},
                                    begins_at(rotation, own) + honoured_for(rotation)});
        }
    }
    return view;
}

}  // namespace reshake
