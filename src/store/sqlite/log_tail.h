// The places of the records that log_place does not have yet, and the ends of the logs that they
// make, in memory: what an index of them would say. It belongs to one connection, and its thread.
#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <vector>

#include "base/id.h"
#include "store/log.h"
#include "store/sqlite/connection.h"

namespace scorekeeper::store::sqlite {

Chain chain_of(std::span<const std::byte> bytes);

class LogTail {
 public:
  struct Place {
    RowId position;  // of the record
    std::int64_t row = 0;
  };

  Result<void> prepare(SqliteConnection& connection);
  // Inside a transaction in which no record was written: takes in what came since the last time.
  Result<void> refresh();
  // The places of an org's records, in their order.
  std::span<const Place> of(OrgId org) const;
  // Moves the head to the end of the last of them.
  void advance(Head& head) const;
  // The orgs that have one, ascending.
  std::vector<OrgId> orgs() const;

 private:
  Statement placed_;
  Statement newer_;
  std::int64_t begin_ = 0;  // the last row that log_place has
  std::int64_t seen_ = 0;
  struct OrgTail {
    std::vector<Place> places;
    Head head;  // but for its floor
  };
  std::map<OrgId, OrgTail> orgs_;
};

}  // namespace scorekeeper::store::sqlite
