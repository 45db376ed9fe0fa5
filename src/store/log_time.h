// Finds the moment a given time ago, by the times of a log. A clock may be wrong, and changes that
// are pruned cannot be restored. So the time between two groups, and from the last group to now,
// counts only up to a bound: a jump of the clock looks like such a gap. Pure.
#pragma once

#include <chrono>
#include <functional>
#include <optional>

#include "base/clock.h"
#include "base/id.h"
#include "base/result.h"
#include "store/log_record.h"

namespace scorekeeper::store {

// A part of a log: the records behind `after`, up to `last`.
struct LogSpan {
  RowId after;
  RowId last;
};
// The first record behind a position, if there is one.
using ReadNext = std::function<Result<std::optional<LogRecord>>(RowId after)>;

// The latest moment such that `passed` lies between it and `now`, where a gap counts as at most
// `gap_max`. nullopt: the whole span is younger. It is never later than now - passed. Reads some
// log2(positions) records for each gap_max.
Result<std::optional<Time>> time_ago(const ReadNext& read, const LogSpan& span, Time now,
                                     std::chrono::microseconds passed,
                                     std::chrono::microseconds gap_max);

}  // namespace scorekeeper::store
