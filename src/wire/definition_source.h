// The bodies that hold definitions: one JSON object, a JSON array of them, or
// YAML text of one or more documents, under whatever Content-Type: the text decides. Or one JSON
// string with such a text in it: so clients send a definition that their caller has as text.
// Any thread.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "base/cancelled.h"
#include "base/limits.h"
#include "base/result.h"
#include "json/tree.h"

namespace scorekeeper::wire {

struct DefinitionSource {
  json::Tree tree;      // an object
  std::string raw;      // the text as sent; of an element of an array, its JSON
  std::string pointer;  // where the definition stands: "/3"; empty when the body holds one
};

// Not YAML when it begins with a brace or a bracket and is JSON. No definition at all, more than
// definitions_max, one that is no object, deeper than definition_depth_max or longer than
// definition_bytes_max are errors, and YAML of more than yaml_bytes_max (too_large). `body` may
// grow in capacity.
Result<std::vector<DefinitionSource>> read_definitions(std::string& body, const Limits& limits,
                                                       const Cancelled& cancelled = nullptr);

}  // namespace scorekeeper::wire
