// A record of an organisation's log: docs/formats/log.md. Everything that happens to an
// organisation is a record of its log: accepted outcomes, and every change of its catalog and keys.
// Values; the committer and the command line make them, a store keeps them, nobody changes them
// afterwards.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/id.h"
#include "domain/audit.h"

namespace scorekeeper::store {

// The first 16 bytes of the SHA-256 of the chain before and of the record (chain_after()). All zero
// before the first record of a log.
using Chain = std::array<std::byte, 16>;

// The numbers are stored: never change them. A new one needs a line in: both stores' views,
// store/prune.cpp, store/sqlite/tools/replay.cpp, intake/org_fold.cpp.
enum class RecordKind : std::uint8_t {
  outcomes = 1,  // outcome_body.h
  catalog = 2,   // catalog_body.h
};

// A record is cut at so many changes, or at the change with which its body reaches so many bytes. A
// request that needs more is several records of one group.
inline constexpr std::size_t record_changes_max = 128;
inline constexpr std::size_t record_body_bytes = 8 << 10;

struct LogRecord {
  OrgId org;
  RowId position;           // of its first change; positions count from 1 in each log
  std::uint32_t count = 1;  // of its changes: it occupies position … position + count - 1
  Time at{};                // one time for a group; grows strictly from group to group of a log
  RecordKind kind = RecordKind::outcomes;
  AuditActor actor;
  RequestNumber request;   // of the accepted request, of outcomes that were reported; else none
  std::string request_id;  // of the HTTP request; may be empty
  bool group_end = false;  // of the last record of its group: readers see whole groups
  Chain chain{};           // after this record
  std::string body;        // JSON

  RowId last() const { return {position.number + count - 1}; }
  bool operator==(const LogRecord&) const = default;
};

// The chain of a record that follows on `before`. Every member but the chain itself counts.
Chain chain_after(const Chain& before, const LogRecord& record);

// The end of a log, and its begin: changes that were superseded up to `floor` may be gone
// (docs/formats/log.md, Retention).
struct Head {
  OrgId org;
  RowId last;      // 0: the log is empty
  Time last_at{};  // of the last record
  Chain chain{};   // after the last record
  RowId floor;     // 0: all is there

  bool operator==(const Head&) const = default;
};

// Some records of one log, in their order.
struct LogPage {
  std::vector<LogRecord> records;
  bool end = true;  // there was no record behind them
};

}  // namespace scorekeeper::store
