#include "store/postgres/append.h"

#include <algorithm>
#include <bit>
#include <cstdint>
#include <string_view>
#include <utility>
#include <vector>

#include "store/postgres/entity_writer.h"

namespace scorekeeper::store::postgres {
namespace {

constexpr Statement insert_changes{
    "insert_changes",
    "INSERT INTO outcome_change (org, id, hash, at, previous, request, first_reported, rule,"
    " entity, key, state, remarks)"
    " SELECT $1::integer, * FROM unnest($2::bigint[], $3::bigint[], $4::bigint[], $5::bigint[],"
    " $6::bigint[], $7::bigint[], $8::integer[], $9::integer[], $10::integer[], $11::smallint[],"
    " $12::text[])"};
constexpr Statement insert_requests{
    "insert_requests",
    "INSERT INTO request (org, id, accepted_at, position, key, total_received, total_changed,"
    " subject)"
    " SELECT $1::integer, * FROM unnest($2::bigint[], $3::bigint[], $4::bigint[], $5::integer[],"
    " $6::integer[], $7::integer[], $8::text[])"};

std::int64_t stored(std::uint64_t number) { return std::bit_cast<std::int64_t>(number); }
std::int32_t stored(std::uint32_t number) { return std::bit_cast<std::int32_t>(number); }

// One column of the rows that are of the org, as an array.
template <class Value, class Rows, class Get>
std::vector<Value> column(OrgId org, const Rows& rows, const Get& get) {
  std::vector<Value> values;
  values.reserve(rows.size());
  for (const auto& row : rows) {
    if (row.org == org) values.push_back(static_cast<Value>(get(row)));
  }
  return values;
}

template <class Value, class Rows, class Get>
void add_column(Parameters& parameters, OrgId org, const Rows& rows, const Get& get) {
  const auto values = column<Value>(org, rows, get);
  parameters.add_array(std::span<const Value>(values));
}

void add_changes(Connection& connection, OrgId org, std::span<const OutcomeChange> changes) {
  using Row = OutcomeChange;
  Parameters row;
  row.add(std::int64_t{org.number});
  add_column<std::int64_t>(row, org, changes, [](const Row& r) { return stored(r.id.number); });
  add_column<std::int64_t>(row, org, changes, [](const Row& r) { return stored(r.hash); });
  add_column<std::int64_t>(row, org, changes, [](const Row& r) { return microseconds_of(r.at); });
  add_column<std::int64_t>(row, org, changes,
                           [](const Row& r) { return stored(r.previous.number); });
  add_column<std::int64_t>(row, org, changes,
                           [](const Row& r) { return stored(r.request.number); });
  add_column<std::int64_t>(row, org, changes, [](const Row& r) { return r.first_reported; });
  add_column<std::int32_t>(row, org, changes, [](const Row& r) { return stored(r.rule.number); });
  add_column<std::int32_t>(row, org, changes, [](const Row& r) { return stored(r.entity.number); });
  add_column<std::int32_t>(row, org, changes, [](const Row& r) { return stored(r.key.number); });
  add_column<std::int16_t>(row, org, changes,
                           [](const Row& r) { return std::to_underlying(r.state); });
  add_column<std::string_view>(row, org, changes, [](const Row& r) { return r.remarks; });
  connection.add(insert_changes, row);
}

void add_requests(Connection& connection, OrgId org, std::span<const AcceptedRequest> requests) {
  using Row = AcceptedRequest;
  Parameters row;
  row.add(std::int64_t{org.number});
  add_column<std::int64_t>(row, org, requests,
                           [](const Row& r) { return stored(r.number.number); });
  add_column<std::int64_t>(row, org, requests,
                           [](const Row& r) { return microseconds_of(r.accepted_at); });
  add_column<std::int64_t>(row, org, requests,
                           [](const Row& r) { return stored(r.position.number); });
  add_column<std::int32_t>(row, org, requests, [](const Row& r) { return stored(r.key.number); });
  add_column<std::int32_t>(row, org, requests,
                           [](const Row& r) { return stored(r.total_received); });
  add_column<std::int32_t>(row, org, requests,
                           [](const Row& r) { return stored(r.total_changed); });
  add_column<std::string_view>(row, org, requests,
                               [](const Row& r) { return std::string_view(r.subject); });
  connection.add(insert_requests, row);
}

template <class Rows>
bool any_of_org(OrgId org, const Rows& rows) {
  return std::ranges::any_of(rows, [&](const auto& row) { return row.org == org; });
}

}  // namespace

void add_append(Connection& connection, OrgId org, const Group& group, RowId position) {
  std::vector<NewEntity> entities;
  for (const NewEntity& entity : group.entities) {
    if (entity.org == org) entities.push_back(entity);
  }
  if (!entities.empty()) add_entities(connection, org, entities, position);
  if (any_of_org(org, group.changes)) add_changes(connection, org, group.changes);
  if (any_of_org(org, group.requests)) add_requests(connection, org, group.requests);
}

Result<AppendedTo> check_append(OrgId org, const Group& group, RowId head) {
  AppendedTo appended{.last = head};
  for (const OutcomeChange& change : group.changes) {
    if (change.org != org) continue;
    if (change.id <= appended.last) {
      return make_error(Code::internal, "row ids of an append do not grow");
    }
    appended.last = change.id;
    appended.last_at = std::max(appended.last_at, change.at);
  }
  if (appended.last == head && any_of_org(org, group.entities)) ++appended.last.number;
  for (const AcceptedRequest& request : group.requests) {
    if (request.org == org) appended.last_at = std::max(appended.last_at, request.accepted_at);
  }
  return appended;
}

}  // namespace scorekeeper::store::postgres
