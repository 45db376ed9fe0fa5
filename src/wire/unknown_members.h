// Warnings about members of a request's attributes that nobody reads: the documented API ignores
// them, so that a mistyped one is no error, and who sent it is told. Pure; any thread.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace scorekeeper::wire {

// Attributes of answers that a client sends back unread are no mistake.
inline constexpr std::string_view attributes_of_answers[] = {
    "category", "created_at", "created_by", "custom", "modified_at", "modified_by"};

// One for each of the names, at most warnings_max: `attribute "scope_qeury" is unknown and ignored;
// did you mean "scope_query"?`
std::vector<std::string> warn_of_unknown(std::span<const std::string> names,
                                         std::span<const std::string_view> known);

}  // namespace scorekeeper::wire
