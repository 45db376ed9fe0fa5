// Any bytes as a file of Backstage: each document becomes a definition that our API takes, or has
// a problem that is told.
#include <cstddef>
#include <cstdint>

#include "base/assert.h"
#include "wire/backstage.h"
#include "wire/entity_definitions.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const scorekeeper::Limits limits;
  const std::string_view file(reinterpret_cast<const char*>(data), size);
  for (const auto& part : scorekeeper::wire::split_yaml(file)) {
    auto tree = scorekeeper::wire::read_yaml(part);
    if (!tree) continue;
    scorekeeper::wire::BackstageReferences references;
    references.add(*tree);
    const auto document =
        scorekeeper::wire::parse_backstage(*std::move(tree), part.text, references, limits);
    ASSERT(document.definition.has_value() == document.problem.empty());
    if (!document.definition) continue;
    auto schema = document.definition->schema;
    const auto again = scorekeeper::wire::parse_entity_definitions(schema, limits);
    ASSERT(again.has_value() && again->size() == 1);
    ASSERT(again->front().reference == document.definition->reference);
    ASSERT(again->front().relations == document.definition->relations);
  }
  return 0;
}
