#include "store/postgres/log_writer.h"

#include <bit>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <utility>
#include <vector>

#include "store/postgres/catalog.h"
#include "store/postgres/entity_writer.h"
#include "store/seal.h"

namespace scorekeeper::store::postgres {
namespace {

constexpr Statement insert_records{
    "insert_records",
    "INSERT INTO log (org, position, at, request, count, kind, group_end, actor_type, actor,"
    " request_id, chain, body) SELECT * FROM unnest($1::integer[], $2::bigint[], $3::bigint[],"
    " $4::bigint[], $5::integer[], $6::smallint[], $7::smallint[], $8::text[], $9::text[],"
    " $10::text[], $11::bytea[], $12::text[])"};
constexpr Statement insert_places{
    "insert_places",
    "INSERT INTO log_catalog (org, position, record, resource, id)"
    " SELECT $1::integer, * FROM unnest($2::bigint[], $3::bigint[], $4::text[], $5::text[])"};
constexpr Statement insert_requests{
    "insert_requests",
    "INSERT INTO request (org, id, accepted_at, position, total_received, total_changed,"
    " actor_type, actor) SELECT * FROM unnest($1::integer[], $2::bigint[], $3::bigint[],"
    " $4::bigint[], $5::integer[], $6::integer[], $7::text[], $8::text[])"};
constexpr Statement move_head{
    "move_head",
    "UPDATE log_head SET position = $2::bigint, at = $3::bigint, chain = $4::bytea"
    " WHERE org = $1::integer"};

std::int64_t stored(std::uint64_t number) { return std::bit_cast<std::int64_t>(number); }
std::int32_t stored(std::uint32_t number) { return std::bit_cast<std::int32_t>(number); }

// One column of the rows, as an array.
template <class Value, class Rows, class Get>
void add_column(Parameters& parameters, const Rows& rows, const Get& get) {
  std::vector<Value> values;
  values.reserve(rows.size());
  for (const auto& row : rows) values.push_back(static_cast<Value>(get(row)));
  parameters.add_array(std::span<const Value>(values));
}

void add_records(Connection& connection, std::span<const LogRecord> records) {
  using Row = LogRecord;
  Parameters row;
  add_column<std::int32_t>(row, records, [](const Row& r) { return stored(r.org.number); });
  add_column<std::int64_t>(row, records, [](const Row& r) { return stored(r.position.number); });
  add_column<std::int64_t>(row, records, [](const Row& r) { return microseconds_of(r.at); });
  add_column<std::int64_t>(row, records, [](const Row& r) { return stored(r.request.number); });
  add_column<std::int32_t>(row, records, [](const Row& r) { return stored(r.count); });
  add_column<std::int16_t>(row, records, [](const Row& r) { return std::to_underlying(r.kind); });
  add_column<std::int16_t>(row, records, [](const Row& r) { return r.group_end ? 1 : 0; });
  add_column<std::string_view>(row, records, [](const Row& r) { return name_of(r.actor.type); });
  add_column<std::string_view>(row, records,
                               [](const Row& r) -> std::string_view { return r.actor.id; });
  add_column<std::string_view>(row, records,
                               [](const Row& r) -> std::string_view { return r.request_id; });
  add_column<std::span<const std::byte>>(
      row, records, [](const Row& r) -> std::span<const std::byte> { return r.chain; });
  add_column<std::string_view>(row, records,
                               [](const Row& r) -> std::string_view { return r.body; });
  connection.add(insert_records, row);
}

// Of the changes of the catalog: a row for each.
void add_places(Connection& connection, const CatalogChange& change,
                std::span<const ChangePlace> places) {
  std::vector<ResourceName> names;
  names.reserve(change.changes.size());
  for (const ResourceChange& one : change.changes) names.push_back(name_of(one));
  Parameters row;
  row.add(std::int64_t{change.org.number});
  using Place = ChangePlace;
  add_column<std::int64_t>(row, places, [](const Place& p) { return stored(p.position.number); });
  add_column<std::int64_t>(row, places, [](const Place& p) { return stored(p.record.number); });
  using Name = ResourceName;
  add_column<std::string_view>(row, names, [](const Name& n) { return name_of(n.resource); });
  add_column<std::string_view>(row, names, [](const Name& n) -> std::string_view { return n.id; });
  connection.add(insert_places, row);
}

void add_requests(Connection& connection, std::span<const AcceptedRequest> requests) {
  using Row = AcceptedRequest;
  Parameters row;
  add_column<std::int32_t>(row, requests, [](const Row& r) { return stored(r.org.number); });
  add_column<std::int64_t>(row, requests, [](const Row& r) { return stored(r.number.number); });
  add_column<std::int64_t>(row, requests,
                           [](const Row& r) { return microseconds_of(r.accepted_at); });
  add_column<std::int64_t>(row, requests, [](const Row& r) { return stored(r.position.number); });
  add_column<std::int32_t>(row, requests, [](const Row& r) { return stored(r.total_received); });
  add_column<std::int32_t>(row, requests, [](const Row& r) { return stored(r.total_changed); });
  add_column<std::string_view>(row, requests, [](const Row& r) { return name_of(r.actor.type); });
  add_column<std::string_view>(row, requests,
                               [](const Row& r) -> std::string_view { return r.actor.id; });
  connection.add(insert_requests, row);
}

}  // namespace

void add_append(Connection& connection, const Append& append) {
  if (!append.records.empty()) add_records(connection, append.records);
  if (!append.requests.empty()) add_requests(connection, append.requests);
  add_entities(connection, append.entities);
  if (append.change == nullptr) return;
  const std::vector<ChangePlace> places = places_of(*append.change, append.records);
  if (!places.empty()) add_places(connection, *append.change, places);
  add_change(connection, *append.change, places);
}

void add_heads(Connection& connection, std::span<const Head> heads) {
  for (const Head& head : heads) {
    connection.add(move_head, Parameters()
                                  .add(std::int64_t{head.org.number})
                                  .add_bits(head.last.number)
                                  .add(microseconds_of(head.last_at))
                                  .add_bytes(head.chain));
  }
}

}  // namespace scorekeeper::store::postgres
