// Kinds of entities: their body and their documents.
#include <utility>

#include "domain/entity.h"
#include "json/writer.h"
#include "wire/definition_members.h"
#include "wire/definition_source.h"
#include "wire/entities.h"

namespace scorekeeper::wire {

Result<Kind> parse_kind(std::string& body, const Limits& limits) {
  auto sources = TRY(read_definitions(body, limits));
  if (sources.size() > 1) return invalid("the body must have one kind");
  auto& root = sources.front().tree;
  std::vector<Error> problems;
  DefinitionMembers members(limits, {}, problems);
  Kind kind;
  const auto characters_max = limits.name_characters_max;
  kind.name = members.text(&root, "kind", {.characters_max = characters_max, .required = true});
  const auto probe = kind.name + ":x";
  const auto reference = parse_entity_reference(probe);
  std::string canonical;
  if (reference) append_canonical(*reference, canonical);
  if (!kind.name.empty() && canonical != kind.name + ":default/x") {
    members.refuse("kind", "be of the form \"kebab-case\"");
  }
  kind.display_name = members.text(&root, "displayName", {.characters_max = characters_max});
  kind.description = members.text(
      &root, "description", {.characters_max = limits.description_characters_max, .lines = true});
  if (!problems.empty()) return error_of(std::move(problems));
  return kind;
}

std::string write_kinds(std::span<const Kind> kinds) {
  json::Writer json;
  json.begin_object().key("data").begin_array();
  for (const auto& kind : kinds) {
    json.begin_object().member("id", kind.name).member("type", "kind");
    json.key("attributes").begin_object();
    json.optional_member("description", kind.description);
    json.optional_member("displayName", kind.display_name);
    json.member("name", kind.name).end_object();
    json.key("meta").begin_object();
    json.member("createdAt", rfc3339(kind.created_at));
    json.member("modifiedAt", rfc3339(kind.modified_at));
    json.end_object().end_object();
  }
  json.end_array().key("meta").begin_object();
  json.key("count").number(static_cast<std::int64_t>(kinds.size()));
  json.end_object().end_object();
  return json.take();
}

}  // namespace scorekeeper::wire
