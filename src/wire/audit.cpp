#include "wire/audit.h"

#include <string_view>

#include "base/limits.h"
#include "json/writer.h"
#include "wire/date_time.h"
#include "wire/query_values.h"

namespace scorekeeper::wire {
namespace {

constexpr std::string_view time_must = "a date-time of RFC 3339, as 2026-05-14T19:32:24Z";

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

Result<AuditFilter> parse_audit_filter(Query query, const Limits& limits) {
  AuditFilter filter;
  TRY(read_parameters(query, rows_of(filter, limits)));
  return filter;
}

ParameterRows rows_of(AuditFilter& filter, const Limits& /*limits*/) {
  return {page(filter.page, audit_page_size_max),
          text("filter[actor]", filter.actor),
          word("filter[action]", filter.action, parse_audit_action,
               "one of \"created updated deleted revoked\""),
          word("filter[resource_type]", filter.resource, parse_audit_resource,
               "one of \"org key token scorecard rule entity kind campaign\""),
          text("filter[resource_id]", filter.resource_id),
          text("filter[request_id]", filter.request_id),
          word("filter[since]", filter.since, parse_date_time, time_must),
          word("filter[until]", filter.until, parse_date_time, time_must)};
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
