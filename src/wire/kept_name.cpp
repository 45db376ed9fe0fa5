#include "wire/kept_name.h"

#include <string>

#include "domain/entity.h"

namespace scorekeeper::wire {
namespace {

// Definitions of v2, v2.1 and v2.2 have no display name of their own: it is made of dd-service.
bool has_made_display_name(const EntityDefinition& definition) {
  return definition.api_version.starts_with("v2");
}

bool is_spelling_of(std::string_view text, const EntityDefinition& definition) {
  std::string reference;
  append_canonical({.kind = "service", .name_space = "default", .name = text}, reference);
  return is_same_entity(reference, definition.reference);
}

void keep(const EntityDefinition& definition, json::Tree& metadata, std::string_view member) {
  const auto* const text = metadata.find(member);
  if (text == nullptr || !is_spelling_of(text->text, definition)) return;
  const auto name = split_canonical(definition.reference).name;
  if (text->text != name) metadata.put_text(member, name);
}

}  // namespace

json::Tree schema_with_kept_name(const EntityDefinition& definition) {
  auto text = definition.schema;
  auto schema = json::read_json(text);
  if (!schema) return json::Tree::empty_object();
  if (auto* metadata = schema->find("metadata"); metadata != nullptr) {
    keep(definition, *metadata, "name");
    if (has_made_display_name(definition)) keep(definition, *metadata, "displayName");
  }
  return *std::move(schema);
}

std::string_view kept_display_name(const EntityDefinition& definition) {
  const bool made =
      has_made_display_name(definition) && is_spelling_of(definition.display_name, definition);
  return made ? split_canonical(definition.reference).name
              : std::string_view(definition.display_name);
}

}  // namespace scorekeeper::wire
