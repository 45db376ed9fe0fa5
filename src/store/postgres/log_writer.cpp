#include "store/postgres/log_writer.h"

#include <cstdint>

#include "store/postgres/catalog.h"
#include "store/postgres/row_arrays.h"
#include "store/seal.h"

namespace scorekeeper::store::postgres {
namespace {

constexpr Statement move_head{
    "move_head",
    "UPDATE log_head SET position = $2::bigint, at = $3::bigint, chain = $4::bytea"
    " WHERE org = $1::integer"};

}  // namespace

void add_append(PgConnection& connection, const Append& append) {
  insert_rows<LogRecord>(connection, append.records);
  insert_rows<AcceptedRequest>(connection, append.requests);
  add_entities(connection, append.entities);
  if (append.change == nullptr) return;
  add_change(connection, *append.change, places_of(*append.change, append.records));
}

void add_heads(PgConnection& connection, std::span<const Head> heads) {
  for (const Head& head : heads) {
    connection.add(move_head, Parameters()
                                  .add(std::int64_t{head.org.number})
                                  .add_bits(head.last.number)
                                  .add(microseconds_of(head.last_at))
                                  .add_bytes(head.chain));
  }
}

}  // namespace scorekeeper::store::postgres
