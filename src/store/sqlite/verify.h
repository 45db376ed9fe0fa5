// Looks for what must not be in a store or a backup: damage that SQLite sees, rows that name what
// is not there, rows of the ledger that break its rules. Reads only, also beside a running server;
// but for SQLite's own check in short read transactions. Some 16 bytes of memory for each outcome
// and for each entity.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "base/id.h"
#include "base/result.h"

namespace scorekeeper::store::sqlite {

struct Verification {
  std::int64_t version = 0;  // of the schema
  // What there is, by name: "orgs", "rules", … in a fixed order; "rows" are the ledger's.
  std::vector<std::pair<std::string, std::uint64_t>> counts;
  RowId position;                   // the ledger's last row
  std::vector<std::string> faults;  // what is wrong, a sentence each; the first ones
  std::uint64_t faults_total = 0;
};

// An Error: the file cannot be read, is no store, or one of a newer version.
Result<Verification> verify(const std::string& path);

inline constexpr std::size_t faults_shown_max = 50;

}  // namespace scorekeeper::store::sqlite
