#include <map>
#include <set>
#include <string>

#include "domain/audit.h"
#include "store/sqlite/verify_catalog.h"

namespace scorekeeper::store::sqlite {
namespace {

constexpr std::int64_t events_per_page = 10'000;

// Goes over the events in the order in which they were recorded.
class AuditCheck {
 public:
  AuditCheck(const std::set<std::int64_t>& orgs, Faults& faults) : orgs_(orgs), faults_(faults) {}

  void look_at(const Statement& row) {
    const std::int64_t org = row.integer(1);
    const std::int64_t number = row.integer(2);
    const std::string name =
        "audit event " + std::to_string(number) + " of org " + std::to_string(org);
    std::int64_t& last = last_[org];
    if (number != last + 1) {
      faults_.add(name + ": the one before it is " + std::to_string(last));
    }
    last = number;
    if (!orgs_.contains(org)) faults_.add(name + ": there is no such org");
    if (!parse_audit_actor_type(row.text(3))) unknown(name, "actor_type", row.text(3));
    if (!parse_audit_action(row.text(4))) unknown(name, "action", row.text(4));
    if (!parse_audit_resource(row.text(5))) unknown(name, "resource_type", row.text(5));
    if (row.integer(6) == 0) faults_.add(name + ": before or after is no JSON object");
  }

 private:
  void unknown(const std::string& name, const char* column, std::string_view value) {
    faults_.add(name + ": " + column + " is " + std::string(value));
  }

  const std::set<std::int64_t>& orgs_;
  Faults& faults_;
  std::map<std::int64_t, std::int64_t> last_;  // number by org
};

Result<std::set<std::int64_t>> read_orgs(Connection& connection) {
  std::set<std::int64_t> orgs;
  Statement rows = TRY(connection.prepare("SELECT id FROM org"));
  while (TRY(rows.step())) orgs.insert(rows.integer(0));
  return orgs;
}

}  // namespace

// The end first: then the list of orgs has that of every event.
Result<void> verify_audit(Connection& connection, Faults& faults) {
  const auto end = TRY(connection.query_integer("SELECT coalesce(max(id), 0) FROM audit_event"));
  const auto orgs = TRY(read_orgs(connection));
  AuditCheck check(orgs, faults);
  Statement rows =
      TRY(connection.prepare("SELECT id, org, number, actor_type, action, resource_type,"
                             " iif(json_valid(before) AND json_valid(after),"
                             " json_type(before) = 'object' AND json_type(after) = 'object', 0)"
                             " FROM audit_event WHERE id > ?1 AND id <= ?2 ORDER BY id LIMIT ?3"));
  std::int64_t last = INT64_MIN;
  for (std::int64_t read = events_per_page; read == events_per_page;) {
    rows.bind(1, last);
    rows.bind(2, end);
    rows.bind(3, events_per_page);
    for (read = 0; TRY(rows.step()); ++read) {
      last = rows.integer(0);
      check.look_at(rows);
    }
  }
  return {};
}

}  // namespace scorekeeper::store::sqlite
