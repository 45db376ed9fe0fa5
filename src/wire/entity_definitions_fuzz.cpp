// Any bytes as the body of POST /catalog/entity. A definition that is accepted has a canonical
// reference and relations in both directions, its schema is a definition that says the same again,
// and clients can read it as it is answered.
#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "base/assert.h"
#include "domain/entity.h"
#include "json/syntax.h"
#include "wire/entity_definitions.h"
#include "wire/typed_form.h"
#include "wire/typed_form_model.h"

namespace {

using scorekeeper::EntityDefinition;

void check(const EntityDefinition& definition, const scorekeeper::Limits& limits) {
  const auto reference = scorekeeper::parse_entity_reference(definition.reference);
  ASSERT(reference.has_value());
  std::string canonical;
  scorekeeper::append_canonical(*reference, canonical);
  ASSERT(canonical == definition.reference);
  ASSERT(canonical.size() <= limits.entity_reference_bytes_max);
  ASSERT(definition.attributes.tags.size() <= limits.tags_max);
  for (const auto& relation : definition.relations) {
    const bool here = relation.from == canonical || relation.to == canonical;
    const bool back = std::ranges::any_of(definition.relations, [&](const auto& other) {
      return other.from == relation.to && other.to == relation.from;
    });
    ASSERT(here && back);
  }
  ASSERT(definition.schema.size() <= limits.definition_bytes_max);
  ASSERT(!scorekeeper::json::find_syntax_error(definition.schema));
  static const scorekeeper::wire::TypedFormModel model;
  const auto* form = scorekeeper::wire::form_of_kind(reference->kind);
  if (form == nullptr) return;
  auto text = definition.schema;
  const auto schema = scorekeeper::json::read_json(text);
  ASSERT(schema.has_value());
  const auto fitted = scorekeeper::wire::fit(*schema, *form);
  ASSERT(fitted.has_value() && model.conforms(*fitted, reference->kind));
}

// A body is refused for what it says: no mapping makes what could not be read again.
void check(const scorekeeper::Error& error) {
  ASSERT(!error.detail.empty());
  ASSERT(error.code != scorekeeper::Code::internal);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const scorekeeper::Limits limits;
  std::string body(reinterpret_cast<const char*>(data), size);
  const auto definitions = scorekeeper::wire::parse_entity_definitions(body, limits);
  if (!definitions) {
    check(definitions.error());
    for (const auto& other : definitions.error().others) check(other);
    return 0;
  }
  ASSERT(!definitions->empty() && definitions->size() <= limits.definitions_max);
  for (const auto& definition : *definitions) {
    check(definition, limits);
    auto schema = definition.schema;
    const auto again = scorekeeper::wire::parse_entity_definitions(schema, limits);
    ASSERT(again.has_value() && again->size() == 1);
    ASSERT(again->front().schema == definition.schema);
    ASSERT(again->front().attributes == definition.attributes);
    ASSERT(again->front().relations == definition.relations);
  }
  return 0;
}
