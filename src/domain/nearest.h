// Finds the known name that somebody may have meant who wrote an unknown one: for error messages.
// Pure; any thread.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace scorekeeper {

// The known name that needs the fewest characters inserted or deleted, ASCII case ignored; of
// equals the first. None where less than two thirds of the characters agree, or the given text is
// longer than any name. Costs the product of the lengths.
std::optional<std::string_view> find_nearest(std::string_view given,
                                             std::span<const std::string_view> known);

// `; did you mean "tier"?`, or nothing.
std::string suggest_nearest(std::string_view given, std::span<const std::string_view> known);

}  // namespace scorekeeper
