// A database with the schema, a connection to it, turns that write to it, and what they write.
// Included by test files only.
#pragma once

#include <chrono>
#include <cstdint>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "base/assert.h"
#include "store/contract/log_maker.h"
#include "store/log.h"
#include "store/postgres/append_turns.h"
#include "store/postgres/log_reader.h"
#include "store/postgres/postgres_fixture.h"
#include "store/postgres/schema.h"

namespace scorekeeper::store::postgres {

// A record that goes on where the head ends, which moves. It ends a group.
inline LogRecord next_record(Head& head, RecordKind kind, std::string body,
                             std::uint32_t count = 1) {
  LogRecord record;
  record.org = head.org;
  record.position = {head.last.number + 1};
  record.count = count;
  record.at = head.last_at + std::chrono::microseconds(1);
  record.kind = kind;
  record.actor = {.type = AuditActorType::key, .id = "7"};
  record.request = {kind == RecordKind::outcomes ? record.position.number : 0};
  record.request_id = "request";
  record.group_end = true;
  record.body = std::move(body);
  head.last = record.last();
  head.last_at = record.at;
  return record;
}

// A body of outcomes; the remarks of each.
inline std::string outcomes_body(std::span<const std::string> remarks) {
  OutcomeBodyWriter body(time_of_seconds(1'790'000'000));
  std::uint32_t entity = 0;
  for (const std::string& text : remarks) body.add(first_outcome(1, ++entity, text));
  return body.finish();
}
inline std::string outcomes_body(const std::string& remarks) {
  return outcomes_body(std::span(&remarks, 1));
}

// Appends one record to the log of that org, whatever is there.
inline Result<void> append_outcome(AppendTurns& turns, OrgId org, const std::string& remarks) {
  TRY(turns.append(std::span(&org, 1), [&](AppendView& view) -> Result<Append> {
    Head head = view.heads().front();
    Append append;
    append.records.push_back(next_record(head, RecordKind::outcomes, outcomes_body(remarks)));
    return append;
  }));
  return {};
}

struct TestStore {
  TestStore() : connection(database.connect()), turns({.address = database.address()}) {
    ASSERT(migrate(connection, Migrate::upgrade));
  }

  // A change of the catalog, whose record has that body.
  Result<void> write(const CatalogChange& change, const std::string& body) {
    TRY(turns.append(std::span(&change.org, 1), [&](AppendView& view) -> Result<Append> {
      Head head = view.heads().front();
      Append append;
      append.records.push_back(next_record(head, RecordKind::catalog, body,
                                           static_cast<std::uint32_t>(change.changes.size())));
      append.change = &change;
      return append;
    }));
    return {};
  }

  TestDatabase database;
  PgConnection connection;
  AppendTurns turns;
};

}  // namespace scorekeeper::store::postgres
