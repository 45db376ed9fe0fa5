#include <algorithm>
#include <vector>

#include "json/writer.h"
#include "wire/lists.h"
#include "wire/rules.h"

namespace scorekeeper::wire {
namespace {

void write_relationships(json::Writer& json, const RuleView& item) {
  json.key("relationships").begin_object();
  write_relationship(json, "policy_scope", item.rule.id, "policy-scope");
  if (!item.rule.scope_query.empty()) {
    write_relationship(json, "scope", entity_scope_id(item.rule.scope_query), "entity-scope");
  }
  write_relationship(json, "scorecard", item.scorecard.id, "scorecard");
  json.end_object();
}

void write_item(json::Writer& json, const RuleView& item, const FieldSet& fields) {
  json.begin_object().member("id", item.rule.id).member("type", "rule");
  write_rule_attributes(json, item, fields);
  if (!fields) write_relationships(json, item);
  json.end_object();
}

void write_policy_scope(json::Writer& json, const Rule& rule) {
  json.begin_object().member("id", rule.id).member("type", "policy-scope");
  json.key("attributes").begin_object().key("scopes").begin_array();
  for (const auto& scope : policy_scopes(rule.scope_query)) {
    json.begin_object().member("kind", scope.kind).member("query", scope.query).end_object();
  }
  json.end_array().end_object().end_object();
}

void write_included_scorecards(json::Writer& json, std::span<const RuleView> items,
                               const FieldSet& fields) {
  const SparseAttributes attributes(json, fields);
  std::vector<ScorecardNumber> written;
  json.key("included").begin_array();
  for (const auto& item : items) {
    if (std::ranges::find(written, item.scorecard.number) != written.end()) continue;
    written.push_back(item.scorecard.number);
    json.begin_object().member("id", item.scorecard.id).member("type", "scorecard");
    json.key("attributes").begin_object();
    attributes.optional_text("description", item.scorecard.description);
    attributes.text("name", item.scorecard.name);
    json.end_object().end_object();
  }
  json.end_array();
}

}  // namespace

void write_rule_attributes(json::Writer& json, const RuleView& item, const FieldSet& fields) {
  const SparseAttributes attributes(json, fields);
  const auto& rule = item.rule;
  json.key("attributes").begin_object();
  attributes.text("category", item.scorecard.name);
  attributes.time("created_at", rule.created_at);
  attributes.boolean("custom", true);
  attributes.optional_text("description", rule.description);
  attributes.boolean("enabled", rule.enabled);
  attributes.number("level", rule.level);
  attributes.time("modified_at", rule.modified_at);
  attributes.text("name", rule.name);
  attributes.optional_text("owner", rule.owner);
  attributes.optional_text("scope_query", rule.scope_query);
  attributes.text("scorecard_name", item.scorecard.name);
  json.end_object();
}

std::string write_rule(const RuleView& item, std::span<const std::string> warnings) {
  json::Writer json;
  json.begin_object().key("data");
  write_item(json, item, std::nullopt);
  write_warnings(json, warnings);
  json.key("included").begin_array();
  write_policy_scope(json, item.rule);
  json.end_array().end_object();
  return json.take();
}

std::string write_rule_list(std::span<const RuleView> items, const RuleListQuery& query,
                            const Links& links, std::span<const std::string> warnings) {
  json::Writer json;
  json.begin_object().key("data").begin_array();
  for (const auto& item : items) write_item(json, item, query.rule_fields);
  json.end_array();
  write_warnings(json, warnings);
  write_links(json, links);
  if (query.include_scorecard) write_included_scorecards(json, items, query.scorecard_fields);
  json.end_object();
  return json.take();
}

std::string write_scorecard_list(std::span<const Scorecard> scorecards) {
  json::Writer json;
  json.begin_object().key("data").begin_array();
  for (const auto& scorecard : scorecards) {
    json.begin_object().member("id", scorecard.id).member("type", "scorecard");
    json.key("attributes").begin_object();
    json.member("created_at", rfc3339(scorecard.created_at));
    json.optional_member("description", scorecard.description);
    json.member("modified_at", rfc3339(scorecard.modified_at));
    json.member("name", scorecard.name);
    json.end_object().end_object();
  }
  json.end_array().end_object();
  return json.take();
}

}  // namespace scorekeeper::wire
