#include "store/log_time.h"

#include <algorithm>
#include <utility>

namespace scorekeeper::store {
namespace {

using std::chrono::microseconds;

// The last record of the span that is not younger than `until`: times grow with positions.
Result<std::optional<LogRecord>> last_until(const ReadNext& read, const LogSpan& span, Time until) {
  std::optional<LogRecord> found;
  RowId low = span.after;
  RowId high = span.last;
  while (low < high) {
    const RowId middle{low.number + (high.number - low.number) / 2};
    auto record = TRY(read(middle));
    if (record && record->at <= until) {
      low = record->last();
      found = std::move(record);
    } else {
      high = middle;
    }
  }
  return found;
}

}  // namespace

Result<std::optional<Time>> time_ago(const ReadNext& read, const LogSpan& span, Time now,
                                     microseconds passed, microseconds gap_max) {
  LogSpan left = span;
  Time moment = now;  // what is behind it is counted; there is a record at it, or it is now
  while (passed > gap_max) {
    const auto before = TRY(last_until(read, left, moment - gap_max));
    if (!before) return std::optional<Time>();
    const auto next = TRY(read(before->last()));
    if (next && next->at < moment) {
      passed -= moment - next->at;
      moment = next->at;
    } else {
      passed -= gap_max;
      moment = before->at;
    }
    left.last = before->last();
  }
  return moment - passed;
}

}  // namespace scorekeeper::store
