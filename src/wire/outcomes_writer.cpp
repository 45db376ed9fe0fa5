#include "domain/entity.h"
#include "json/writer.h"
#include "wire/lists.h"
#include "wire/outcomes.h"

namespace scorekeeper::wire {
namespace {

void write_head(json::Writer& json, const OutcomeItem& item) {
  json.begin_object();
  json.member("id", outcome_id(item.rule_id, item.entity_reference)).member("type", "outcome");
}

void write_relationships(json::Writer& json, const OutcomeItem& item) {
  json.key("relationships").begin_object();
  write_relationship(json, "rule", item.rule_id, "rule");
  json.end_object();
}

void write_item(json::Writer& json, const OutcomeItem& item, const FieldSet& fields) {
  const SparseAttributes attributes(json, fields);
  write_head(json, item);
  json.key("attributes").begin_object();
  attributes.time("created_at", item.created_at);
  attributes.text("entity_reference", item.entity_reference);
  attributes.time("modified_at", item.modified_at);
  attributes.optional_text("remarks", item.remarks);
  attributes.time("reported_at", item.reported_at);
  attributes.text("service_name", split_canonical(item.entity_reference).name);
  attributes.text("state", name_of(item.state));
  json.end_object();
  if (!fields) write_relationships(json, item);
  json.end_object();
}

void write_batch_item(json::Writer& json, const OutcomeItem& item) {
  write_head(json, item);
  json.key("attributes").begin_object();
  json.member("created_at", rfc3339(item.created_at));
  json.member("modified_at", rfc3339(item.modified_at));
  json.optional_member("remarks", item.remarks);
  json.member("service_name", split_canonical(item.entity_reference).name);
  json.member("state", name_of(item.state));
  json.end_object();
  write_relationships(json, item);
  json.end_object();
}

}  // namespace

std::string write_accepted(std::string_view async_request_id, std::uint64_t total_received) {
  json::Writer json;
  json.begin_object();
  json.key("data").begin_object();
  json.member("id", async_request_id).member("type", "async-request").end_object();
  json.key("meta").begin_object();
  json.key("total_received").number(static_cast<std::int64_t>(total_received)).end_object();
  json.end_object();
  return json.take();
}

std::string write_async_request(const AsyncRequest& request) {
  json::Writer json;
  json.begin_object();
  json.key("data").begin_object();
  json.member("id", request.id).member("type", "async-request");
  json.key("attributes").begin_object();
  json.member("accepted_at", rfc3339(request.accepted_at));
  json.key("ledger_position").number(static_cast<std::int64_t>(request.position));
  json.member("status", "completed");
  json.key("total_changed").number(static_cast<std::int64_t>(request.total_changed));
  json.key("total_received").number(static_cast<std::int64_t>(request.total_received));
  json.end_object().end_object().end_object();
  return json.take();
}

std::string write_outcome_list(std::span<const OutcomeItem> items,
                               std::span<const RuleView> included, const OutcomeListQuery& query,
                               const Links& links) {
  json::Writer json;
  json.begin_object().key("data").begin_array();
  for (const auto& item : items) write_item(json, item, query.outcome_fields);
  json.end_array();
  write_links(json, links);
  if (query.include_rule) {
    const FieldSet usual{{"name", "scorecard_name"}};
    json.key("included").begin_array();
    for (const auto& item : included) {
      json.begin_object().member("id", item.rule.id).member("type", "rule");
      write_rule_attributes(json, item, query.rule_fields ? query.rule_fields : usual);
      json.end_object();
    }
    json.end_array();
  }
  json.end_object();
  return json.take();
}

std::string write_outcomes_batch(std::span<const OutcomeItem> items, std::uint64_t total_received,
                                 std::uint64_t total_updated) {
  json::Writer json;
  json.begin_object().key("data").begin_array();
  for (const auto& item : items) write_batch_item(json, item);
  json.end_array();
  json.key("meta").begin_object();
  json.key("total_received").number(static_cast<std::int64_t>(total_received));
  json.key("total_updated").number(static_cast<std::int64_t>(total_updated));
  json.end_object().end_object();
  return json.take();
}

}  // namespace scorekeeper::wire
