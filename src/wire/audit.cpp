#include "wire/audit.h"

#include <string_view>

#include "base/limits.h"
#include "json/writer.h"
#include "wire/date_time.h"
#include "wire/known_parameters.h"
#include "wire/query_values.h"

namespace scorekeeper::wire {
namespace {

Result<std::optional<Time>> parse_time(Query query, std::string_view name) {
  const auto* value = find_value(query, name);
  if (value == nullptr) return std::optional<Time>();
  const auto time = parse_date_time(*value);
  if (!time) return bad_parameter(name, "a date-time of RFC 3339, as 2026-05-14T19:32:24Z");
  return time;
}

void write_fields(json::Writer& json, const AuditFields& fields) {
  json.begin_object();
  for (const auto& field : fields) json.member(field.name, field.value);
  json.end_object();
}

void write_event(json::Writer& json, const AuditEvent& event) {
  json.begin_object().member("id", std::to_string(event.number.number));
  json.member("type", "audit_event").key("attributes").begin_object();
  json.member("action", name_of(event.action));
  json.key("actor").begin_object();
  json.member("id", event.actor.id).member("type", name_of(event.actor.type)).end_object();
  if (!event.after.empty()) write_fields(json.key("after"), event.after);
  json.member("at", rfc3339(event.at));
  if (!event.before.empty()) write_fields(json.key("before"), event.before);
  json.optional_member("request_id", event.request_id);
  json.member("resource_id", event.resource_id);
  json.member("resource_type", name_of(event.resource));
  json.end_object().end_object();
}

std::string json_of(const AuditFields& fields) {
  if (fields.empty()) return {};
  json::Writer json;
  write_fields(json, fields);
  return json.take();
}

}  // namespace

Result<AuditFilter> parse_audit_filter(Query query) {
  TRY(check_parameters(query, known::audit));
  AuditFilter filter;
  filter.page = TRY(parse_page(query, audit_page_size_max));
  filter.actor = parse_text(query, "filter[actor]");
  if (const auto* action = find_value(query, "filter[action]")) {
    filter.action = parse_audit_action(*action);
    if (!filter.action) {
      return bad_parameter("filter[action]", "one of \"created updated deleted revoked\"");
    }
  }
  if (const auto* resource = find_value(query, "filter[resource_type]")) {
    filter.resource = parse_audit_resource(*resource);
    if (!filter.resource) {
      return bad_parameter("filter[resource_type]",
                           "one of \"org key token scorecard rule entity kind campaign\"");
    }
  }
  filter.resource_id = parse_text(query, "filter[resource_id]");
  filter.request_id = parse_text(query, "filter[request_id]");
  filter.since = TRY(parse_time(query, "filter[since]"));
  filter.until = TRY(parse_time(query, "filter[until]"));
  return filter;
}

std::string write_audit_list(std::span<const AuditEvent> events, const Links& links) {
  json::Writer json;
  json.begin_object().key("data").begin_array();
  for (const auto& event : events) write_event(json, event);
  json.end_array().key("links").begin_object();
  json.optional_member("next", links.next).optional_member("previous", links.previous);
  json.end_object().end_object();
  return json.take();
}

void write_audit_columns(CsvWriter& csv) {
  for (const std::string_view name :
       {"number", "at", "actor_type", "actor", "action", "resource_type", "resource_id",
        "request_id", "before", "after"}) {
    csv.text(name);
  }
  csv.end_row();
}

void write_audit_row(CsvWriter& csv, const AuditEvent& event) {
  csv.number(event.number.number).text(rfc3339(event.at));
  csv.text(name_of(event.actor.type)).text(event.actor.id);
  csv.text(name_of(event.action)).text(name_of(event.resource)).text(event.resource_id);
  csv.text(event.request_id).text(json_of(event.before)).text(json_of(event.after));
  csv.end_row();
}

}  // namespace scorekeeper::wire
