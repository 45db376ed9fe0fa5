// Resolves scalars of YAML to values of JSON (YAML 1.2, chapter 10.3, the core schema). Any thread.
#pragma once

#include <optional>
#include <string_view>

#include "json/tree.h"

namespace scorekeeper::wire {

// `tag`: "?" of a plain scalar without a tag, "!" of a quoted one, else the tag in full. A number
// that JSON cannot write as it stands is written as JSON would; what JSON has no number for (.inf,
// .nan, hexadecimal beyond 64 bits) is a string. nullopt: the tag is not of the core schema, or the
// value not of the tag.
std::optional<json::Tree> read_scalar(std::string_view tag, std::string_view value);
bool is_text_tag(std::string_view tag);  // of a mapping key
bool is_collection_tag(std::string_view tag, bool mapping);
// A control character other than a tab, a line feed or a carriage return.
bool has_forbidden_character(std::string_view text);

}  // namespace scorekeeper::wire
