// Tells how long ago something is, by the times of a log. A clock alone may be wrong, and changes
// that are pruned by a clock that is a year ahead are gone. So the time between two groups, and
// from the last one to now, counts only up to a bound: a jump of the clock looks like such a
// silence. Pure.
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

// The moment since which that much time has passed until `now`, where a silence counts as
// `silence_max` at most; none: all of the span is younger. Never later than now - passed. Reads
// some log2(positions) records for each silence_max.
Result<std::optional<Time>> time_ago(const ReadNext& read, const LogSpan& span, Time now,
                                     std::chrono::microseconds passed,
                                     std::chrono::microseconds silence_max);

}  // namespace scorekeeper::store
