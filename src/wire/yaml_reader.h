// Reads one YAML document as a Tree: the core schema of YAML 1.2 (only true, false, null and
// numbers are no strings when they are plain), nothing but what JSON can say, aliases within
// bounds. Over yaml-cpp's parser; any thread.
#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "json/tree.h"

namespace scorekeeper::wire {

// A document of a stream: a view of its text, without its markers.
struct YamlDocument {
  std::string_view text;
  std::size_t first_line = 1;  // of the stream
};

// Splits at the markers `---` and `...`; documents of nothing but comments and directives are left
// out.
std::vector<YamlDocument> split_yaml(std::string_view stream);

// The most that aliases may add to a document.
inline constexpr std::size_t alias_values_max = 10'000;
inline constexpr std::size_t alias_bytes_max = 256 << 10;

// The merge key << works; what a mapping says itself wins. `malformed YAML at line 3, column 5: …`;
// mappings with a key twice, keys that are no text, tags beyond the core schema, more than
// definition_depth_max levels or tree_values_max values are refused, and so are control characters.
Result<json::Tree> read_yaml(const YamlDocument& document);

}  // namespace scorekeeper::wire
