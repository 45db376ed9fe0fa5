// Reading; service_definitions_writer.cpp writes.
#include "wire/service_definitions.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "wire/backstage.h"
#include "wire/entity_definitions.h"

namespace scorekeeper::wire {
namespace {

constexpr std::string_view versions[] = {"v2", "v2.1", "v2.2"};
constexpr std::string_view versions_known = "be one of \"v2 v2.1 v2.2\"";
constexpr std::string_view versions_hint =
    "be one of \"v2 v2.1 v2.2\": send definitions of version v3 to POST /api/v2/catalog/entity";

struct Fields {
  std::string version;
  std::string name;
  std::string team;
  std::string application;
  std::string description;
  std::string tier;
  std::string lifecycle;
  std::string type;
  std::vector<std::string> tags;
  std::vector<std::string> languages;
  std::vector<std::string> fingerprints;
};

Fields read_fields(json::Tree& root, DefinitionMembers& members) {
  const auto& limits = members.limits();
  const TextRule word{.characters_max = limits.name_characters_max};
  Fields fields;
  fields.version = members.text(&root, "schema-version", {.characters_max = 255, .required = true});
  if (!fields.version.empty() &&
      std::ranges::find(versions, fields.version) == std::end(versions)) {
    members.refuse("schema-version", fields.version == "v3" ? versions_hint : versions_known);
  }
  fields.name = members.text(
      &root, "dd-service",
      {.characters_max = limits.entity_reference_bytes_max, .required = true, .rendered = true});
  fields.team = members.text(&root, "team", word);
  const auto older_team = members.text(&root, "dd-team", word);
  if (fields.team.empty()) fields.team = older_team;
  fields.application = members.text(&root, "application", word);
  fields.description = members.text(
      &root, "description", {.characters_max = limits.description_characters_max, .lines = true});
  fields.tier = members.text(&root, "tier", word);
  fields.lifecycle = members.text(&root, "lifecycle", word);
  fields.type = members.text(&root, "type", word);
  const auto service_type = members.text(&root, "service-type", word);  // also seen on the wire
  if (fields.type.empty()) fields.type = service_type;
  fields.tags = members.texts(&root, "tags", limits.tags_max);
  fields.languages = members.texts(&root, "languages", limits.tags_max);
  fields.fingerprints = members.texts(&root, "ci-pipeline-fingerprints", limits.references_max);
  return fields;
}

void put_unless_empty(json::Tree& tree, std::string_view name, std::string_view text) {
  if (!text.empty()) tree.put_text(name, text);
}

void put_unless_empty(json::Tree& tree, std::string_view name,
                      const std::vector<std::string>& texts) {
  if (texts.empty()) return;
  auto& list = tree.put(name, json::Tree::empty_array());
  for (const auto& text : texts) list.children.push_back(json::Tree::of_text(text));
}

std::string normalised_type(std::string_view type) {
  if (type == "wiki") return "doc";
  if (type == "code") return "repo";
  if (type.empty() || type == "url" || type == "oncall") return "other";
  return std::string(type);
}

// Appends the links of a list; `type`: of those that have none, as repos and docs.
void read_links(json::Tree& root, std::string_view list, std::string_view type,
                DefinitionMembers& members, json::Tree& links) {
  const auto found = members.objects(&root, list, members.limits().references_max);
  for (std::size_t i = 0; i < found.size(); ++i) {
    const auto text = [&](std::string_view name) {
      return members.text(found[i], fmt::format("{}.{}.{}", list, i, name),
                          {.characters_max = members.limits().description_characters_max});
    };
    auto& link = links.children.emplace_back(json::Tree::empty_object());
    put_unless_empty(link, "name", text("name"));
    link.put_text("type", type.empty() ? normalised_type(text("type")) : std::string(type));
    put_unless_empty(link, "provider", text("provider"));
    put_unless_empty(link, "url", text("url"));
  }
}

// pagerduty is a URL in v2, an object later; service-url becomes serviceURL.
void read_integrations(json::Tree& root, DefinitionMembers& members, json::Tree& definition) {
  auto* integrations = members.object(&root, "integrations");
  if (integrations == nullptr) return;
  auto& found = definition.put("integrations", json::Tree::empty_object());
  for (const auto& integration : integrations->children) {
    if (integration.find("service-url") != nullptr && integration.find("serviceURL") != nullptr) {
      members.refuse("integrations",
                     "not have both \"service-url\" and \"serviceURL\" in one integration: they "
                     "are the same member");
    }
    const auto rename = [](const json::Tree& sent) {
      auto tree = sent;
      for (auto& child : tree.children) {
        if (child.name == "service-url") child.name = "serviceURL";
      }
      return tree;
    };
    if (integration.is(json::Tree::Type::string)) {
      found.put(integration.name, json::Tree::empty_object())
          .put_text("serviceURL", integration.text);
    } else {
      found.put(integration.name, rename(integration));
    }
  }
}

json::Tree read_metadata(json::Tree& root, const Fields& fields, DefinitionMembers& members) {
  auto metadata = json::Tree::empty_object();
  metadata.put_text("name", fields.name);
  put_unless_empty(metadata, "displayName",
                   fields.name.size() <= members.limits().name_characters_max ? fields.name : "");
  put_unless_empty(metadata, "tags", fields.tags);
  put_unless_empty(metadata, "description", fields.description);
  put_unless_empty(metadata, "owner", fields.team);
  auto links = json::Tree::empty_array();
  read_links(root, "links", "", members, links);
  read_links(root, "repos", "repo", members, links);
  read_links(root, "docs", "doc", members, links);
  if (!links.children.empty()) metadata.put("links", std::move(links));
  members.objects(&root, "contacts", members.limits().references_max);
  if (const auto* contacts = root.find("contacts")) metadata.put("contacts", *contacts);
  return metadata;
}

json::Tree make_spec(const Fields& fields) {
  auto spec = json::Tree::empty_object();
  put_unless_empty(spec, "lifecycle", fields.lifecycle);
  put_unless_empty(spec, "tier", fields.tier);
  put_unless_empty(spec, "type", fields.type);
  put_unless_empty(spec, "languages", fields.languages);
  if (!fields.application.empty()) {
    spec.put("componentOf", json::Tree::empty_array())
        .children.push_back(json::Tree::of_text("system:default/" + fields.application));
  }
  return spec;
}

}  // namespace

bool is_service_definition(const json::Tree& definition) {
  return definition.find("schema-version") != nullptr || definition.find("dd-service") != nullptr;
}

EntityDefinition read_service_definition(DefinitionSource& source, DefinitionMembers& members) {
  auto& root = source.tree;
  const auto fields = read_fields(root, members);
  auto definition = json::Tree::empty_object();
  definition.put_text("apiVersion", "v3");
  definition.put_text("kind", "service");
  definition.put("metadata", read_metadata(root, fields, members));
  read_integrations(root, members, definition);
  if (const auto* extensions = members.object(&root, "extensions")) {
    definition.put("extensions", *extensions);
  }
  if (!fields.fingerprints.empty()) {
    auto& pipelines = definition.put("datadog", json::Tree::empty_object())
                          .put("pipelines", json::Tree::empty_object());
    put_unless_empty(pipelines, "fingerprints", fields.fingerprints);
  }
  if (auto spec = make_spec(fields); !spec.children.empty()) {
    definition.put("spec", std::move(spec));
  }
  if (members.failed()) return {};
  source.tree = std::move(definition);
  auto entity = read_entity_definition(source, members);
  entity.api_version = fields.version;
  return entity;
}

Result<std::vector<EntityDefinition>> parse_service_definitions(std::string& body,
                                                                const Limits& limits,
                                                                std::vector<std::string>* skipped,
                                                                FindNamed find_named,
                                                                const Cancelled& cancelled) {
  auto sources = TRY(read_definitions(body, limits, cancelled));
  TRY(skip_documents(sources, DocumentsOf::services, skipped));
  std::vector<EntityDefinition> definitions;
  definitions.reserve(sources.size());
  std::vector<Error> problems;
  BackstageReferences references(std::move(find_named), backstage_references_max);
  TRY(add_documents(sources, references));
  for (auto& source : sources) {
    TRY(check_wanted(cancelled));
    DefinitionMembers members(limits, source.pointer, problems);
    if (!is_service_definition(source.tree) && source.tree.find("apiVersion") != nullptr &&
        !is_backstage(source.tree)) {
      members.refuse("schema-version", versions_hint);
    } else if (is_backstage(source.tree)) {
      std::vector<BackstageRemark> remarks;  // the raw text keeps what they are about
      definitions.push_back(read_backstage_service(source, references, members, remarks));
    } else {
      definitions.push_back(read_service_definition(source, members));
    }
    if (references.failure()) return *references.failure();
  }
  if (!problems.empty()) return error_of(std::move(problems));
  return definitions;
}

}  // namespace scorekeeper::wire
