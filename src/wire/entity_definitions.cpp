#include "wire/entity_definitions.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "domain/entity.h"
#include "domain/text.h"
#include "wire/backstage.h"
#include "wire/entity_relations.h"
#include "wire/service_definitions.h"

namespace scorekeeper::wire {
namespace {

constexpr std::string_view versions[] = {"v3", "v2.2", "v2.1", "v2"};
constexpr std::string_view default_namespace = "default";

void read_version(DefinitionMembers& members, json::Tree& root, EntityDefinition& definition) {
  definition.api_version =
      members.text(&root, "apiVersion", {.characters_max = 255, .required = true});
  const auto& version = definition.api_version;
  if (!version.empty() && std::ranges::find(versions, version) == std::end(versions)) {
    members.refuse("apiVersion", "be one of \"v3 v2.2 v2.1 v2\"");
  }
}

// The kind in lower case, also in the tree.
std::string read_kind(DefinitionMembers& members, json::Tree& root) {
  auto kind = members.text(
      &root, "kind", {.characters_max = members.limits().name_characters_max, .required = true});
  if (kind.empty()) return kind;
  if (kind.contains(':') || !parse_entity_reference(kind + ":x")) {
    members.refuse("kind", "be of the form \"kebab-case\"");
    return {};
  }
  std::ranges::transform(kind, kind.begin(), to_lower);
  root.put_text("kind", kind);
  return kind;
}

// The namespace in lower case, also in the tree; a missing one is put behind the name.
std::string read_namespace(DefinitionMembers& members, json::Tree* metadata) {
  auto text = members.text(metadata, "metadata.namespace",
                           {.characters_max = members.limits().name_characters_max});
  if (!text.empty()) {
    const auto probe = "k:" + text + "/x";
    const auto reference = parse_entity_reference(probe);
    if (!reference || reference->name_space != text) {
      members.refuse("metadata.namespace",
                     "be letters and digits, with \"_\", \".\" or \"-\" between them");
    }
    std::ranges::transform(text, text.begin(), to_lower);
    metadata->put_text("namespace", text);
    return text;
  }
  if (metadata != nullptr) {
    metadata->remove("namespace");
    auto filled = json::Tree::of_text(default_namespace);
    filled.name = "namespace";
    auto& children = metadata->children;
    const auto name = std::ranges::find(children, "name", &json::Tree::name);
    children.insert(name == children.end() ? name : name + 1, std::move(filled));
  }
  return std::string(default_namespace);
}

void read_reference(DefinitionMembers& members, json::Tree& root, json::Tree* metadata,
                    EntityDefinition& definition) {
  const auto bytes_max = members.limits().entity_reference_bytes_max;
  const auto kind = read_kind(members, root);
  std::string name;
  if (metadata != nullptr) {
    name = members.text(metadata, "metadata.name",
                        {.characters_max = bytes_max, .required = true, .rendered = true});
  }
  const auto name_space = read_namespace(members, metadata);
  append_canonical({.kind = kind, .name_space = name_space, .name = name}, definition.reference);
  if (definition.reference.size() > bytes_max) {
    members.refuse("metadata.name", fmt::format("make a reference of at most {} bytes", bytes_max));
  }
}

void read_metadata(DefinitionMembers& members, json::Tree* metadata, EntityDefinition& definition) {
  const auto& limits = members.limits();
  definition.display_name = members.text(metadata, "metadata.displayName",
                                         {.characters_max = limits.name_characters_max});
  definition.description =
      members.text(metadata, "metadata.description",
                   {.characters_max = limits.description_characters_max, .lines = true});
  definition.attributes.owner = team_handle(
      members.text(metadata, "metadata.owner", {.characters_max = limits.name_characters_max}));
  definition.attributes.tags = members.texts(metadata, "metadata.tags", limits.tags_max);
}

void read_spec(DefinitionMembers& members, json::Tree* spec, EntityAttributes& attributes) {
  const TextRule word{.characters_max = members.limits().name_characters_max};
  attributes.lifecycle = members.text(spec, "spec.lifecycle", word);
  attributes.tier = members.text(spec, "spec.tier", word);
  attributes.type = members.text(spec, "spec.type", word);
  attributes.languages = members.texts(spec, "spec.languages", members.limits().tags_max);
}

EntityDefinition read_definition(DefinitionSource& source, BackstageReferences& references,
                                 DefinitionMembers& members) {
  if (is_service_definition(source.tree)) return read_service_definition(source, members);
  if (!is_backstage(source.tree)) return read_entity_definition(source, members);
  std::vector<BackstageRemark> remarks;  // the raw text keeps what they are about
  return read_backstage(source, references, members, remarks);
}

}  // namespace

EntityDefinition read_entity_definition(DefinitionSource& source, DefinitionMembers& members) {
  EntityDefinition definition;
  auto& root = source.tree;
  remove_nulls(root);
  read_version(members, root, definition);
  auto* metadata = members.object(&root, "metadata", true);
  if (metadata != nullptr) {
    metadata->remove("id");
    metadata->remove("managed");
  }
  read_reference(members, root, metadata, definition);
  read_metadata(members, metadata, definition);
  auto* spec = members.object(&root, "spec");
  read_spec(members, spec, definition.attributes);
  for (const auto* name : {"integrations", "datadog", "extensions"}) members.object(&root, name);
  definition.relations =
      read_relations(members, definition, root.find("metadata"), root.find("spec"));
  definition.attributes.systems = systems_of(definition);
  if (json::depth_of(root) > definition_depth_max) {  // more may stand around what was sent
    members.refuse(
        fmt::format("a definition must be nested at most {} deep", definition_depth_max));
  }
  definition.schema = json::write_tree(root);
  if (definition.schema.size() > members.limits().definition_bytes_max) {
    members.refuse(fmt::format("a definition must have at most {} bytes",
                               members.limits().definition_bytes_max));
  } else if (auto stored = definition.schema; !members.failed()) {
    const auto read = json::read_json(stored);
    if (!read) members.fail("a definition cannot be read again: " + read.error().detail);
  }
  definition.raw = std::move(source.raw);
  definition.ingestion_source = "api";
  return definition;
}

Result<std::vector<EntityDefinition>> parse_entity_definitions(std::string& body,
                                                               const Limits& limits,
                                                               std::vector<std::string>* skipped,
                                                               FindNamed find_named,
                                                               const Cancelled& cancelled) {
  auto sources = TRY(read_definitions(body, limits, cancelled));
  TRY(skip_documents(sources, DocumentsOf::catalog, skipped));
  std::vector<EntityDefinition> definitions;
  definitions.reserve(sources.size());
  std::vector<Error> problems;
  BackstageReferences references(std::move(find_named), backstage_references_max);
  TRY(add_documents(sources, references));
  for (auto& source : sources) {
    TRY(check_wanted(cancelled));
    DefinitionMembers members(limits, source.pointer, problems);
    definitions.push_back(read_definition(source, references, members));
    if (references.failure()) return *references.failure();
  }
  if (!problems.empty()) return error_of(std::move(problems));
  return definitions;
}

}  // namespace scorekeeper::wire
