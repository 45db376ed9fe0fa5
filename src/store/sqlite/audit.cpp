#include "store/sqlite/audit.h"

#include <algorithm>
#include <bit>
#include <optional>
#include <string>
#include <utility>

#include "store/log_events.h"
#include "store/sqlite/log_reader.h"

namespace scorekeeper::store::sqlite {
namespace {

// Records of some µs each: some milliseconds of a read transaction.
constexpr std::int64_t changes_per_transaction = 1'000;

struct Place {
  RowId position;
  RowId record;
};

// The places of changes, the newest first; ?1 is the org, ?2 the position that they are below.
std::string places_sql(const AuditFilter& filter) {
  std::string sql = "SELECT position, record FROM log_catalog";
  // Left to itself SQLite goes down all changes of the org.
  if (filter.resource && filter.resource_id) sql += " INDEXED BY log_catalog_by_resource";
  sql += " WHERE org = ?1 AND position < ?2";
  if (filter.resource) sql += " AND resource = ?4";
  if (filter.resource_id) sql += " AND id = ?5";
  return sql + " ORDER BY position DESC LIMIT ?3";
}

bool matches(const LogRecord& record, const AuditFilter& filter) {
  return (!filter.actor || record.actor.id == *filter.actor) &&
         (!filter.request_id || record.request_id == *filter.request_id) &&
         (!filter.since || record.at >= *filter.since) &&
         (!filter.until || record.at < *filter.until);
}

// Goes down the changes of one org. Lives for one list.
class AuditReader {
 public:
  AuditReader(SqliteConnection& connection, LogReader& log, OrgId org, const AuditFilter& filter,
              WorkBudget& budget)
      : connection_(connection), log_(log), org_(org), filter_(filter), budget_(budget) {}

  Result<std::vector<AuditEvent>> read() {
    places_ = TRY(connection_.prepare(places_sql(filter_)));
    RowId below{filter_.below ? std::min<std::uint64_t>(filter_.below.number, INT64_MAX)
                              : std::uint64_t{INT64_MAX}};
    while (!ended_ && events_.size() < filter_.page.size) {
      if (!budget_.spend(changes_ * audit_change_steps)) return budget_.error({});
      below = TRY(read_below(below));
    }
    return std::move(events_);
  }

 private:
  Result<RowId> read_below(RowId below) {
    TRY(connection_.execute("BEGIN"));
    auto last = read_piece(below);
    TRY(connection_.execute("COMMIT"));
    return last;
  }

  // Returns the last position that it looked at.
  Result<RowId> read_piece(RowId below) {
    const std::vector<Place> places = TRY(read_places(below));
    changes_ = places.size();
    for (const Place& place : places) {
      if (ended_ || events_.size() == filter_.page.size) break;
      TRY(take(place));
    }
    if (std::cmp_less(places.size(), changes_per_transaction)) ended_ = true;
    return places.empty() ? below : places.back().position;
  }

  Result<std::vector<Place>> read_places(RowId below) {
    std::vector<Place> places;
    places_.bind(1, org_.number);
    places_.bind(2, std::bit_cast<std::int64_t>(below.number));
    places_.bind(3, changes_per_transaction);
    if (filter_.resource) places_.bind_text(4, name_of(*filter_.resource));
    if (filter_.resource_id) places_.bind_text(5, *filter_.resource_id);
    while (TRY(places_.step())) {
      places.push_back({.position = {places_.u64(0)}, .record = {places_.u64(1)}});
    }
    return places;
  }

  Result<void> take(const Place& place) {
    if (place.record != known_) TRY(read_record(place.record));
    for (AuditEvent& event : of_record_) {
      const bool wanted = event.number.number == place.position.number &&
                          (!filter_.action || event.action == *filter_.action);
      if (!wanted) continue;
      if (skipped_ < filter_.page.offset) {
        ++skipped_;
      } else {
        events_.push_back(std::move(event));
      }
      break;
    }
    return {};
  }

  // Its events; none where the record is not asked for.
  Result<void> read_record(RowId position) {
    known_ = position;
    of_record_.clear();
    const auto record = TRY(log_.record(org_, position));
    if (!record) {
      return make_error(Code::internal,
                        "the log has no record at " + std::to_string(position.number));
    }
    // Times grow: what is older than asked for is all that follows.
    if (filter_.since && record->at < *filter_.since) ended_ = true;
    if (matches(*record, filter_)) of_record_ = TRY(events_in(*record));
    return {};
  }

  SqliteConnection& connection_;
  LogReader& log_;
  OrgId org_;
  const AuditFilter& filter_;
  WorkBudget& budget_;
  Statement places_;
  RowId known_;  // the record whose events these are
  std::vector<AuditEvent> of_record_;
  std::uint64_t skipped_ = 0;
  std::uint64_t changes_ = 0;  // in the last piece
  bool ended_ = false;
  std::vector<AuditEvent> events_;
};

}  // namespace

Result<std::vector<AuditEvent>> list_audit(SqliteConnection& connection, LogReader& log, OrgId org,
                                           const AuditFilter& filter, WorkBudget& budget) {
  return AuditReader(connection, log, org, filter, budget).read();
}

}  // namespace scorekeeper::store::sqlite
