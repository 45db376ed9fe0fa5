// A list of texts without control characters, as one text that tells them apart: each item with
// U+001F before it, and one at the end; no item, no text. So that SQL finds an item by looking for
// it between two of them. Pure.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace scorekeeper::store {

std::string join_items(std::span<const std::string> items);
std::vector<std::string> split_items(std::string_view text);
// The names of systems whose references stand in a text, U+001F between them.
std::vector<std::string> split_systems(std::string_view text);

}  // namespace scorekeeper::store
