#include "store/postgres/audit.h"

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "store/postgres/query.h"

namespace scorekeeper::store::postgres {
namespace {

constexpr Statement put_event{
    "put_event",
    "INSERT INTO audit_event (org, number, at, actor_type, actor, request, action, resource_type,"
    " resource_id, before, after) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9,"
    " (SELECT '{' || coalesce(string_agg(to_json(name)::text || ':' || to_json(value)::text, ','"
    " ORDER BY n), '') || '}'"
    " FROM unnest($10::text[], $11::text[]) WITH ORDINALITY AS f(name, value, n)),"
    " (SELECT '{' || coalesce(string_agg(to_json(name)::text || ':' || to_json(value)::text, ','"
    " ORDER BY n), '') || '}'"
    " FROM unnest($12::text[], $13::text[]) WITH ORDINALITY AS f(name, value, n)))"};
// The members of both objects of some events.
constexpr Statement event_fields{
    "event_fields",
    "SELECT a.number, f.side, f.name, f.value FROM audit_event AS a, LATERAL ("
    " SELECT 0 AS side, * FROM json_each_text(a.before::json) WITH ORDINALITY AS b(name, value, n)"
    " UNION ALL"
    " SELECT 1, * FROM json_each_text(a.after::json) WITH ORDINALITY AS c(name, value, n)) AS f"
    " WHERE a.org = $1 AND a.number = ANY($2::bigint[])"
    " ORDER BY a.number DESC, f.side, f.n"};

void add_fields(Parameters& parameters, const AuditFields& fields) {
  std::vector<std::string_view> names;
  std::vector<std::string_view> values;
  for (const AuditField& field : fields) {
    names.push_back(field.name);
    values.push_back(field.value);
  }
  parameters.add_array(names).add_array(values);
}

template <class Value>
Result<Value> known(std::optional<Value> value, std::string_view text) {
  if (value) return *value;
  return make_error(Code::internal,
                    "the audit log has an unknown word: \"" + std::string(text) + "\"");
}

// Without its fields.
Result<AuditEvent> event_of(const Rows& rows, int row, OrgId org) {
  AuditEvent event;
  event.number = {rows.u64(row, 0)};
  event.org = org;
  event.at = time_of_microseconds(rows.integer(row, 1));
  event.actor = {.type = TRY(known(parse_audit_actor_type(rows.text(row, 2)), rows.text(row, 2))),
                 .id = std::string(rows.text(row, 3))};
  event.request_id = rows.text(row, 4);
  event.action = TRY(known(parse_audit_action(rows.text(row, 5)), rows.text(row, 5)));
  event.resource = TRY(known(parse_audit_resource(rows.text(row, 6)), rows.text(row, 6)));
  event.resource_id = rows.text(row, 7);
  return event;
}

Query query_of(OrgId org, const AuditFilter& filter) {
  Query query(
      "SELECT number, at, actor_type, actor, request, action, resource_type, resource_id"
      " FROM audit_event WHERE true");
  query.where("org =", org.number);
  query.where("actor =", filter.actor);
  if (filter.action) query.where("action =", name_of(*filter.action));
  if (filter.resource) query.where("resource_type =", name_of(*filter.resource));
  query.where_hashed("resource_id", filter.resource_id);
  query.where("request =", filter.request_id);
  if (filter.since) query.where("at >=", microseconds_of(*filter.since));
  if (filter.until) query.where("at <", microseconds_of(*filter.until));
  if (filter.below) {
    const auto below = std::min<std::uint64_t>(filter.below.number, INT64_MAX);
    query.where("number <", static_cast<std::int64_t>(below));
  }
  query += " ORDER BY number DESC";
  query.page(filter.offset, filter.size);
  return query;
}

// Events are never changed: a second look finds the same.
Result<void> read_fields(Connection& connection, OrgId org, std::vector<AuditEvent>& events) {
  std::vector<std::int64_t> numbers;
  numbers.reserve(events.size());
  for (const AuditEvent& event : events) {
    numbers.push_back(static_cast<std::int64_t>(event.number.number));
  }
  const Rows rows = TRY(
      connection.run(event_fields, Parameters().add(std::int64_t{org.number}).add_array(numbers)));
  auto event = events.begin();
  for (int row = 0; row < rows.size(); ++row) {
    while (event->number.number != rows.u64(row, 0)) ++event;
    AuditFields& fields = rows.integer(row, 1) == 0 ? event->before : event->after;
    fields.push_back(
        {.name = std::string(rows.text(row, 2)), .value = std::string(rows.text(row, 3))});
  }
  return {};
}

}  // namespace

void add_event(Connection& connection, const AuditEvent& event, AuditNumber number) {
  Parameters row;
  row.add(std::int64_t{event.org.number})
      .add_bits(number.number)
      .add(microseconds_of(event.at))
      .add(name_of(event.actor.type))
      .add(event.actor.id)
      .add(event.request_id)
      .add(name_of(event.action))
      .add(name_of(event.resource))
      .add(event.resource_id);
  add_fields(row, event.before);
  add_fields(row, event.after);
  connection.add(put_event, row);
}

Result<std::vector<AuditEvent>> list_audit(Connection& connection, OrgId org,
                                           const AuditFilter& filter) {
  const Rows rows = TRY(query_of(org, filter).run(connection));
  std::vector<AuditEvent> events;
  events.reserve(static_cast<std::size_t>(rows.size()));
  for (int row = 0; row < rows.size(); ++row) events.push_back(TRY(event_of(rows, row, org)));
  if (!events.empty()) TRY(read_fields(connection, org, events));
  return events;
}

}  // namespace scorekeeper::store::postgres
