#include "domain/audit_fields.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <string_view>
#include <utility>

#include "base/limits.h"

namespace scorekeeper {
namespace {

// Collects the fields of one thing.
class Fields {
 public:
  Fields& text(std::string_view name, std::string_view value,
               std::size_t bytes_max = audit_value_bytes_max) {
    fields_.push_back({.name = std::string(name), .value = bounded_audit_value(value, bytes_max)});
    return *this;
  }
  Fields& list(std::string_view name, const std::vector<std::string>& items) {
    return text(name, fmt::format("{}", fmt::join(items, ", ")));
  }
  AuditFields take() { return std::move(fields_); }

 private:
  AuditFields fields_;
};

std::string text_of(const std::optional<Time>& time) { return time ? rfc3339(*time) : ""; }

}  // namespace

AuditFields audit_fields(const Org& org) { return Fields().text("name", org.name).take(); }

AuditFields audit_fields(const Key& key) {
  return Fields()
      .text("name", key.name)
      .text("kind", name_of(key.kind))
      .text("owner", key.owner)
      .text("scopes", write_scopes(key.scopes))
      .text("expires_at", text_of(key.expires_at))
      .text("revoked_at", text_of(key.revoked_at))
      .take();
}

AuditFields audit_fields(const Scorecard& scorecard) {
  return Fields().text("name", scorecard.name).text("description", scorecard.description).take();
}

AuditFields audit_fields(const Rule& rule, const Scorecard& scorecard) {
  return Fields()
      .text("name", rule.name)
      .text("scorecard_id", scorecard.id)
      .text("scorecard_name", scorecard.name)
      .text("description", rule.description)
      .text("owner", rule.owner)
      .text("scope_query", rule.scope_query)
      .text("enabled", rule.enabled ? "true" : "false")
      .text("level", std::to_string(rule.level))
      .take();
}

AuditFields audit_fields(const EntityDefinition& definition) {
  const auto& attributes = definition.attributes;
  return Fields()
      .text("api_version", definition.api_version)
      .text("display_name", definition.display_name)
      .text("description", definition.description)
      .text("owner", attributes.owner)
      .text("tier", attributes.tier)
      .text("lifecycle", attributes.lifecycle)
      .text("type", attributes.type)
      .list("languages", attributes.languages)
      .list("tags", attributes.tags)
      .text("schema", definition.schema, audit_definition_bytes_max)
      .text("raw", definition.raw, audit_definition_bytes_max)
      .text("ingestion_source", definition.ingestion_source)
      .take();
}

AuditFields audit_fields(const Kind& kind) {
  return Fields()
      .text("display_name", kind.display_name)
      .text("description", kind.description)
      .take();
}

AuditFields audit_fields(const Campaign& campaign, const std::vector<std::string>& rule_ids) {
  return Fields()
      .text("key", campaign.key)
      .text("name", campaign.name)
      .text("description", campaign.description)
      .text("owner", campaign.owner_id)
      .text("entity_scope", campaign.entity_scope)
      .text("guidance", campaign.guidance)
      .list("rule_ids", rule_ids)
      .text("status", name_of(campaign.status))
      .text("start_date", rfc3339(campaign.start_date))
      .text("due_date", text_of(campaign.due_date))
      .take();
}

}  // namespace scorekeeper
