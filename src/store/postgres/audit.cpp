#include "store/postgres/audit.h"

#include <algorithm>
#include <cstdint>
#include <map>
#include <utility>
#include <vector>

#include "store/log_events.h"
#include "store/postgres/log_reader.h"
#include "store/postgres/query.h"

namespace scorekeeper::store::postgres {
namespace {

constexpr std::uint64_t changes_per_page = 500;

// The places of the next changes, the records that they are in, and whether the filter asks for
// these; the newest first. A statement takes the next changes of any author, so that it is short.
Query places_query(OrgId org, const AuditFilter& filter, std::uint64_t below) {
  const bool of_record = filter.actor || filter.request_id || filter.since || filter.until;
  Query query(Dialect::postgres, "SELECT c.position, c.record, COALESCE((true");
  query.where("l.actor =", filter.actor);
  query.where("l.request_id =", filter.request_id);
  if (filter.since) query.where("l.at >=", microseconds_of(*filter.since));
  if (filter.until) query.where("l.at <", microseconds_of(*filter.until));
  query += "), false)::int FROM (SELECT org, position, record FROM log_catalog WHERE true";
  query.where("org =", org.number);
  query.where("position <", static_cast<std::int64_t>(below));
  if (filter.resource) query.where("resource =", name_of(*filter.resource));
  query.where_hashed("id", filter.resource_id);
  query += " ORDER BY position DESC";
  query.page(0, changes_per_page);
  query += ") AS c";
  if (of_record) query += " LEFT JOIN log AS l ON l.org = c.org AND l.position = c.record";
  query += " ORDER BY c.position DESC";
  return query;
}

// Goes down the changes of one org. Lives for one list.
class AuditReader {
 public:
  AuditReader(PgConnection& connection, OrgId org, const AuditFilter& filter, WorkBudget& budget)
      : connection_(connection), org_(org), filter_(filter), budget_(budget) {}

  Result<std::vector<AuditEvent>> read() {
    std::uint64_t below = INT64_MAX;
    if (filter_.below) below = std::min(below, filter_.below.number);
    while (events_.size() < filter_.page.size) {
      const Rows places = TRY(run(connection_, places_query(org_, filter_, below)));
      TRY(take(places));
      if (std::cmp_less(places.size(), changes_per_page)) break;
      if (!budget_.spend(changes_per_page * audit_change_steps)) return budget_.error({});
      below = places.u64(places.size() - 1, 0);
    }
    return std::move(events_);
  }

 private:
  // Records never change but for what retention takes: a second look finds the same.
  Result<void> take(const Rows& places) {
    std::vector<RowId> positions;
    for (int row = 0; row < places.size(); ++row) {
      if (places.integer(row, 2) != 0) positions.push_back({places.u64(row, 1)});
    }
    const auto rest = std::ranges::unique(positions);
    positions.erase(rest.begin(), rest.end());
    std::map<std::uint64_t, AuditEvent> found;
    for (const LogRecord& record : TRY(read_records(connection_, org_, positions))) {
      for (AuditEvent& event : TRY(events_in(record))) {
        found.emplace(event.number.number, std::move(event));
      }
    }
    for (int row = 0; row < places.size(); ++row) {
      if (places.integer(row, 2) == 0) continue;
      const auto event = found.find(places.u64(row, 0));
      if (event != found.end()) take(event->second);
    }
    return {};
  }

  void take(AuditEvent& event) {
    if (filter_.action && event.action != *filter_.action) return;
    if (skipped_ < filter_.page.offset) {
      ++skipped_;
    } else if (events_.size() < filter_.page.size) {
      events_.push_back(std::move(event));
    }
  }

  PgConnection& connection_;
  OrgId org_;
  const AuditFilter& filter_;
  WorkBudget& budget_;
  std::uint64_t skipped_ = 0;
  std::vector<AuditEvent> events_;
};

}  // namespace

Result<std::vector<AuditEvent>> list_audit(PgConnection& connection, OrgId org,
                                           const AuditFilter& filter, WorkBudget& budget) {
  return AuditReader(connection, org, filter, budget).read();
}

}  // namespace scorekeeper::store::postgres
