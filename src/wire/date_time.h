// Date-times of request bodies: RFC 3339, section 5.6.
#pragma once

#include <optional>
#include <string_view>

#include "base/clock.h"

namespace scorekeeper::wire {

// "2026-05-14T19:32:24.85885013+02:00": any offset, 0 to 9 digits of a fraction (cut to
// microseconds), `T` and `Z` in either case, a leap second (the second after it is meant). The
// whole text. nullopt: no such text, a day or time that does not exist, or an instant outside the
// years 1 to 9999 of UTC, which clients cannot read.
std::optional<Time> parse_date_time(std::string_view text);

}  // namespace scorekeeper::wire
