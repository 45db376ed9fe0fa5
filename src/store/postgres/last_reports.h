// Table last_reported: when outcomes were last reported. Several servers save what
// each has seen: the later time of each outcome stays.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>

#include "store/postgres/connection.h"
#include "store/rows.h"

namespace scorekeeper::store::postgres {

// The blocks that were seen.
struct ReportsSeen {
  std::int64_t saved_at = -1;  // the latest of the rounds that are done, by the database's clock
  // One that is under way: what was saved behind `behind`, up to a place.
  struct Round {
    std::int64_t behind = -1;
    std::int64_t latest = -1;
    OrgId org;
    RuleNumber rule;
    std::uint32_t block = 0;
  };
  std::optional<Round> round;
};

// A page of the blocks that were saved after `seen` or not long before it, by org, rule and block;
// true = the round goes on.
Result<bool> load_new_reported(PgConnection& connection, ReportsSeen& seen,
                               const std::function<void(const ReportedBlock&)>& block);
// In a transaction of its own; one that fails is left open.
Result<void> save_reported(PgConnection& connection, std::span<const ReportedBlock> blocks);

}  // namespace scorekeeper::store::postgres
