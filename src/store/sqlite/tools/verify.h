// Looks for what must not be in a store or a backup: damage that SQLite sees, records that break
// the rules of a log, state tables that are not what a replay of the logs makes. Reads only, also
// beside a running server; but for SQLite's own check and for the comparison at the end in short
// read transactions. The replay is kept in memory: some 24 bytes for each outcome, some hundred for
// each entity, definitions as they are. Snapshots are not its concern: intake/snapshot_check.h.
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
  // The numbers of things by name: "orgs", "rules", … in a fixed order; "rows" are the logs'
  // records.
  std::vector<std::pair<std::string, std::uint64_t>> counts;
  RowId position;                   // the last positions of all logs, added up
  std::vector<std::string> faults;  // what is wrong, a sentence each; the first ones
  std::uint64_t faults_total = 0;
};

inline constexpr std::size_t faults_shown_max = 50;

class Faults {
 public:
  explicit Faults(Verification& verification) : verification_(verification) {}

  void add(std::string fault) {
    if (verification_.faults.size() < faults_shown_max) {
      verification_.faults.push_back(std::move(fault));
    }
    ++verification_.faults_total;
  }

 private:
  Verification& verification_;
};

// An Error: the file cannot be read, is no store, or one of a version that this release does not
// know.
Result<Verification> verify(const std::string& path);

}  // namespace scorekeeper::store::sqlite
