#include <algorithm>
#include <utility>

#include "base/limits.h"
#include "domain/entity.h"
#include "json/writer.h"
#include "wire/base64.h"
#include "wire/kept_name.h"
#include "wire/service_definitions.h"
#include "wire/typed_form.h"

namespace scorekeeper::wire {
namespace {

constexpr std::string_view default_version = "v2.2";

bool is_of_backstage(const EntityDefinition& definition) {
  return definition.api_version.starts_with("backstage.io/");
}

std::string_view version_of(const EntityDefinition& definition,
                            std::optional<std::string_view> asked) {
  if (asked) return *asked;
  if (is_of_backstage(definition)) return "v2.1";  // as recorded
  const std::string_view sent = definition.api_version;
  return sent == "v2" || sent == "v2.1" ? sent : default_version;
}

// Copies a member under another name, unless it is not there.
void copy(const json::Tree* from, std::string_view name, json::Tree& to,
          std::string_view new_name) {
  const auto* member = from == nullptr ? nullptr : from->find(name);
  if (member != nullptr) to.put(new_name, *member);
}

// Steps that a definition takes to be written: as it was sent, or from its schema.
std::uint64_t steps_of(const EntityDefinition& definition, std::string_view version) {
  const bool sent = definition.api_version == version;
  const auto first = definition.raw.find_first_not_of(" \t\r\n");
  const bool is_json =
      first != std::string::npos && std::string_view("{[\"").contains(definition.raw[first]);
  return definition.schema.size() * schema_byte_steps +
         (sent ? definition.raw.size() * (is_json ? schema_byte_steps : yaml_byte_steps) : 0);
}

// The definition as it was sent; nullopt: it was sent in another version, so that its text, which
// may be YAML and slow to read, need not be read.
std::optional<json::Tree> as_sent(const EntityDefinition& definition, std::string_view version) {
  if (definition.api_version != version) return std::nullopt;
  auto raw = definition.raw;
  Limits limits;
  limits.definition_bytes_max = raw.size();  // it was within the operator's
  auto sources = read_definitions(raw, limits);
  if (!sources || sources->size() != 1) return std::nullopt;
  const auto* sent = sources->front().tree.find("schema-version");
  if (sent == nullptr || sent->text != version) return std::nullopt;
  return std::move(sources->front().tree);
}

std::string_view text_of(const json::Tree& object, std::string_view name) {
  const auto* member = object.find(name);
  return member == nullptr ? std::string_view() : std::string_view(member->text);
}

// v2 has lists of their own for repos and docs.
void write_links_of_v2(const json::Tree& links, json::Tree& definition) {
  for (const auto& link : links.children) {
    const auto type = text_of(link, "type");
    const auto* name = type == "repo" ? "repos" : type == "doc" ? "docs" : "links";
    auto* list = definition.find(name);
    if (list == nullptr) list = &definition.put(name, json::Tree::empty_array());
    list->children.push_back(link);
  }
}

// pagerduty is a URL up to v2, an object later.
void write_integrations(const json::Tree& integrations, std::string_view version,
                        json::Tree& definition) {
  auto written = json::Tree::empty_object();
  for (auto integration : integrations.children) {
    for (auto& child : integration.children) {
      if (child.name == "serviceURL") child.name = "service-url";
    }
    const bool text_wanted = version == "v1" || version == "v2";
    const auto* url = integration.find("service-url");
    if (text_wanted && integration.name == "pagerduty" && url != nullptr) {
      written.put("pagerduty", *url);
    } else {
      written.children.push_back(std::move(integration));  // with its name
    }
  }
  definition.put("integrations", std::move(written));
}

// The first system that the service is a component of.
void write_application(const json::Tree* spec, json::Tree& definition) {
  const auto* systems = spec == nullptr ? nullptr : spec->find("componentOf");
  if (systems == nullptr) return;
  for (const auto& system : systems->children) {
    const auto reference = parse_entity_reference(system.text);
    if (!reference || reference->kind != "system") continue;
    definition.put_text("application", reference->name);
    return;
  }
}

// The first contact of each type that v1 knows.
json::Tree contact_of_v1(const json::Tree& contacts) {
  auto written = json::Tree::empty_object();
  for (const auto& contact : contacts.children) {
    const auto type = text_of(contact, "type");
    if (written.find(type) == nullptr) copy(&contact, "contact", written, type);
  }
  return written;
}

json::Tree convert_to_v1(const json::Tree& schema) {
  const auto* metadata = schema.find("metadata");
  const auto* spec = schema.find("spec");
  auto definition = json::Tree::empty_object();
  definition.put_text("schema-version", "v1");
  auto& info = definition.put("info", json::Tree::empty_object());
  copy(metadata, "name", info, "dd-service");
  copy(metadata, "displayName", info, "display-name");
  copy(metadata, "description", info, "description");
  copy(spec, "tier", info, "service-tier");
  auto org = json::Tree::empty_object();
  copy(metadata, "owner", org, "team");
  write_application(spec, org);
  if (!org.children.empty()) definition.put("org", std::move(org));
  if (const auto* contacts = metadata == nullptr ? nullptr : metadata->find("contacts")) {
    auto contact = contact_of_v1(*contacts);
    if (!contact.children.empty()) definition.put("contact", std::move(contact));
  }
  copy(metadata, "links", definition, "external-resources");
  copy(metadata, "tags", definition, "tags");
  if (const auto* integrations = schema.find("integrations")) {
    write_integrations(*integrations, "v1", definition);
  }
  copy(&schema, "extensions", definition, "extensions");
  return definition;
}

// Members that the version does not know are left to its form.
json::Tree convert(const json::Tree& schema, std::string_view version) {
  if (version == "v1") return convert_to_v1(schema);
  const auto* metadata = schema.find("metadata");
  const auto* spec = schema.find("spec");
  auto definition = json::Tree::empty_object();
  definition.put_text("schema-version", version);
  copy(metadata, "name", definition, "dd-service");
  copy(metadata, "owner", definition, "team");
  write_application(spec, definition);
  copy(metadata, "description", definition, "description");
  copy(spec, "tier", definition, "tier");
  copy(spec, "lifecycle", definition, "lifecycle");
  copy(metadata, "contacts", definition, "contacts");
  const auto* links = metadata == nullptr ? nullptr : metadata->find("links");
  if (links != nullptr && version == "v2") {
    write_links_of_v2(*links, definition);
  } else {
    copy(metadata, "links", definition, "links");
  }
  copy(metadata, "tags", definition, "tags");
  if (const auto* integrations = schema.find("integrations")) {
    write_integrations(*integrations, version, definition);
  }
  copy(&schema, "extensions", definition, "extensions");
  copy(spec, "type", definition, "type");
  copy(spec, "languages", definition, "languages");
  const auto* datadog = schema.find("datadog");
  const auto* pipelines = datadog == nullptr ? nullptr : datadog->find("pipelines");
  copy(pipelines, "fingerprints", definition, "ci-pipeline-fingerprints");
  return definition;
}

bool system_is_a_tag(const EntityDefinition& definition, const json::Tree& schema) {
  const auto tag = "system:" + std::string(text_of(schema, "application"));
  return is_of_backstage(definition) &&
         std::ranges::find(definition.attributes.tags, tag) != definition.attributes.tags.end();
}

json::Tree schema_of(const EntityDefinition& definition, std::string_view version) {
  auto schema = as_sent(definition, version);
  if (schema) {
    schema->put_text("dd-service", split_canonical(definition.reference).name);
  } else {
    schema = convert(schema_with_kept_name(definition), version);
    // As recorded of documents of Backstage.
    if (system_is_a_tag(definition, *schema)) schema->remove("application");
  }
  return fit(*schema, form_of_version(version)).value_or(json::Tree::empty_object());
}

void write_item(json::Writer& json, const EntityItem& item, std::optional<std::string_view> asked) {
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
  json::write_tree(json, schema_of(definition, version_of(definition, asked)));
  json.end_object().end_object();
}

std::string end_with_line_feed(json::Writer& json) { return json.take() + "\n"; }

}  // namespace

std::string write_service_definition(const EntityItem& item,
                                     std::optional<std::string_view> version) {
  json::Writer json;
  json.begin_object().key("data");
  write_item(json, item, version);
  json.end_object();
  return end_with_line_feed(json);
}

std::string write_service_definitions(std::span<const EntityItem> items,
                                      std::optional<std::string_view> version,
                                      std::span<const std::string> skipped, WorkBudget* budget) {
  json::Writer json;
  json.begin_object().key("data").begin_array();
  for (const auto& item : items) {
    const auto& definition = item.entity.definition;
    if (budget != nullptr &&
        !budget->spend(steps_of(definition, version_of(definition, version)))) {
      break;
    }
    write_item(json, item, version);
  }
  json.end_array();
  if (!skipped.empty()) {
    json.key("meta").begin_object().key("warnings").begin_array();
    for (const auto& text : skipped) json.string(text);
    json.end_array().end_object();
  }
  json.end_object();
  return end_with_line_feed(json);
}

std::string write_raw_service_definition(const EntityDefinition& definition) {
  constexpr std::string_view marker = "---";
  auto text = definition.raw;
  if (!text.starts_with(marker)) text.insert(0, std::string(marker) + "\n");
  json::Writer json;
  json.begin_object().key("data").begin_object().member("type", "raw-service-definition");
  json.key("attributes").begin_object().member("raw-content", write_base64(text)).end_object();
  json.end_object().end_object();
  return end_with_line_feed(json);
}

}  // namespace scorekeeper::wire
