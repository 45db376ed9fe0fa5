#include <algorithm>
#include <utility>

#include "base/limits.h"
#include "domain/entity.h"
#include "wire/json_writer.h"
#include "wire/service_definitions.h"

namespace scorekeeper::wire {
namespace {

constexpr std::string_view default_version = "v2.2";

std::string_view version_of(const EntityDefinition& definition,
                            std::optional<std::string_view> asked) {
  if (asked) return *asked;
  const std::string_view sent = definition.api_version;
  return sent == "v2" || sent == "v2.1" ? sent : default_version;
}

// Copies a member under another name, unless it is not there.
void copy(const Tree* from, std::string_view name, Tree& to, std::string_view new_name) {
  const auto* member = from == nullptr ? nullptr : from->find(name);
  if (member != nullptr) to.put(new_name, *member);
}

// What was sent, when it was sent in that version.
std::optional<Tree> as_sent(const EntityDefinition& definition, std::string_view version) {
  auto raw = definition.raw;
  Limits limits;
  limits.definition_bytes_max = raw.size();  // it was within the operator's
  auto sources = read_definitions(raw, limits);
  if (!sources || sources->size() != 1) return std::nullopt;
  const auto* sent = sources->front().tree.find("schema-version");
  if (sent == nullptr || sent->text != version) return std::nullopt;
  normalise_service_definition(sources->front().tree);
  return std::move(sources->front().tree);
}

bool is_one_of(std::string_view text, std::initializer_list<std::string_view> words) {
  return std::ranges::find(words, text) != words.end();
}

std::string_view text_of(const Tree& object, std::string_view name) {
  const auto* member = object.find(name);
  return member == nullptr ? std::string_view() : std::string_view(member->text);
}

// The versions know different types of links; v2 has lists of their own for repos and docs.
void write_links_of_v2(const Tree& links, Tree& definition) {
  for (const std::string_view type : {"repo", "doc"}) {
    auto list = Tree::empty_array();
    for (auto link : links.children) {
      if (text_of(link, "type") != type) continue;
      link.remove("type");
      list.children.push_back(std::move(link));
    }
    if (!list.children.empty()) definition.put(type == "repo" ? "repos" : "docs", std::move(list));
  }
  auto others = Tree::empty_array();
  for (auto link : links.children) {
    const auto type = text_of(link, "type");
    if (is_one_of(type, {"repo", "doc"})) continue;
    const bool known = is_one_of(type, {"runbook", "dashboard", "link"});
    link.put_text("type", known ? std::string(type) : "url");
    link.remove("provider");
    others.children.push_back(std::move(link));
  }
  if (!others.children.empty()) definition.put("links", std::move(others));
}

void write_links(const Tree& links, std::string_view version, Tree& definition) {
  if (!links.is(Tree::Type::array)) return;
  if (version == "v2") return write_links_of_v2(links, definition);
  auto list = links;
  for (auto& link : list.children) {
    const bool known =
        is_one_of(text_of(link, "type"), {"doc", "runbook", "repo", "dashboard", "other"});
    if (version == "v2.1" && !known) link.put_text("type", "other");
  }
  definition.put("links", std::move(list));
}

void write_integrations(const Tree& integrations, std::string_view version, Tree& definition) {
  auto written = Tree::empty_object();
  for (auto integration : integrations.children) {
    for (auto& child : integration.children) {
      if (child.name == "serviceURL") child.name = "service-url";
    }
    if (version == "v2" && integration.name == "pagerduty") {
      written.put_text("pagerduty", text_of(integration, "service-url"));
    } else {
      written.children.push_back(std::move(integration));  // with its name
    }
  }
  definition.put("integrations", std::move(written));
}

// The first system that the service is a component of.
void write_application(const Tree* spec, Tree& definition) {
  const auto* systems = spec == nullptr ? nullptr : spec->find("componentOf");
  if (systems == nullptr) return;
  for (const auto& system : systems->children) {
    const auto reference = parse_entity_reference(system.text);
    if (!reference || reference->kind != "system") continue;
    definition.put_text("application", reference->name);
    return;
  }
}

Tree convert(const Tree& schema, std::string_view version) {
  const auto* metadata = schema.find("metadata");
  const auto* spec = schema.find("spec");
  auto definition = Tree::empty_object();
  definition.put_text("schema-version", version);
  copy(metadata, "name", definition, "dd-service");
  copy(metadata, "owner", definition, "team");
  if (version != "v2") {
    write_application(spec, definition);
    copy(metadata, "description", definition, "description");
    copy(spec, "tier", definition, "tier");
    copy(spec, "lifecycle", definition, "lifecycle");
  }
  copy(metadata, "contacts", definition, "contacts");
  if (const auto* links = metadata == nullptr ? nullptr : metadata->find("links")) {
    write_links(*links, version, definition);
  }
  copy(metadata, "tags", definition, "tags");
  if (const auto* integrations = schema.find("integrations")) {
    write_integrations(*integrations, version, definition);
  }
  copy(&schema, "extensions", definition, "extensions");
  if (version == "v2.2") {
    copy(spec, "type", definition, "type");
    copy(spec, "languages", definition, "languages");
    const auto* datadog = schema.find("datadog");
    const auto* pipelines = datadog == nullptr ? nullptr : datadog->find("pipelines");
    copy(pipelines, "fingerprints", definition, "ci-pipeline-fingerprints");
  }
  return definition;
}

Tree schema_of(const EntityDefinition& definition, std::string_view version) {
  if (auto sent = as_sent(definition, version)) return *std::move(sent);
  auto text = definition.schema;
  const auto schema = read_json(text);
  return convert(schema ? *schema : Tree::empty_object(), version);
}

void write_item(JsonWriter& json, const ServiceDefinitionItem& item,
                std::optional<std::string_view> asked) {
  const auto& definition = item.entity.definition;
  json.begin_object().member("type", "service-definition").optional_member("id", item.id);
  json.key("attributes").begin_object().key("meta").begin_object();
  json.member("last-modified-time", rfc3339(item.entity.modified_at));
  json.member("github-html-url", "");
  json.member("ingestion-source", definition.ingestion_source);
  json.member("origin", "unknown").member("origin-detail", "");
  json.key("warnings").begin_array().end_array();
  json.member("ingested-schema-version", definition.api_version);
  json.end_object().key("schema");
  write_tree(json, schema_of(definition, version_of(definition, asked)));
  json.end_object().end_object();
}

std::string end_with_line_feed(JsonWriter& json) { return json.take() + "\n"; }

}  // namespace

std::string write_service_definition(const ServiceDefinitionItem& item,
                                     std::optional<std::string_view> version) {
  JsonWriter json;
  json.begin_object().key("data");
  write_item(json, item, version);
  json.end_object();
  return end_with_line_feed(json);
}

std::string write_service_definitions(std::span<const ServiceDefinitionItem> items,
                                      std::optional<std::string_view> version) {
  JsonWriter json;
  json.begin_object().key("data").begin_array();
  for (const auto& item : items) write_item(json, item, version);
  json.end_array().end_object();
  return end_with_line_feed(json);
}

}  // namespace scorekeeper::wire
