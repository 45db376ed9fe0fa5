#include <string>

#include "domain/entity.h"
#include "store/last_reported.h"
#include "store/sqlite/secrets.h"
#include "store/sqlite/tools/verify_parts.h"

namespace scorekeeper::store::sqlite {
namespace {

// Each query finds rows that must not be there and starts the sentence that tells one.
constexpr const char* forbidden[] = {
    "SELECT 'request ' || id || ' has a number that may be given again' FROM request"
    " WHERE id >= (SELECT value FROM meta WHERE key = 'requests_reserved')",
    "SELECT 'request ' || r.id || ' of org ' || r.org || ' is at ' || r.position ||"
    " ', behind the end of the log' FROM request AS r LEFT JOIN log_head AS h ON h.org = r.org"
    " WHERE r.position > coalesce(h.position, 0)",
    "SELECT 'the log of org ' || org || ' has no head' FROM log"
    " WHERE org NOT IN (SELECT org FROM log_head) GROUP BY org",
    "SELECT 'the place of position ' || p.position || ' of org ' || p.org ||"
    " ' is of no record that begins there' FROM log_place AS p LEFT JOIN log AS l"
    " ON l.row = p.row WHERE l.row IS NULL OR l.org <> p.org OR l.position <> p.position",
    "SELECT 'the log has ' || records || ' records, and places of ' || places FROM"
    " (SELECT (SELECT count(*) FROM log) AS records, (SELECT count(*) FROM log_row) AS places)"
    " WHERE records <> places",
    "SELECT 'relation ' || id || ' of org ' || org || ' has another id than its ends say'"
    " FROM relation WHERE id <> from_entity || ':' || type || ':' || to_entity",
    "SELECT 'the definition of entity ' || d.number || ' of org ' || d.org ||"
    " ' is of an entity that was removed, or of another name'"
    " FROM entity_definition AS d JOIN entity AS e ON e.org = d.org AND e.number = d.number"
    " WHERE e.live = 0 OR e.reference <> d.reference",
};

Result<void> check_forbidden(SqliteConnection& connection, Faults& faults) {
  for (const char* const query : forbidden) {
    Statement rows = TRY(connection.prepare(query));
    while (TRY(rows.step())) faults.add(std::string(rows.text(0)));
  }
  return {};
}

// Ends are references.
Result<void> check_relations(SqliteConnection& connection, Faults& faults) {
  Statement rows = TRY(connection.prepare("SELECT id, from_entity, to_entity FROM relation"));
  while (TRY(rows.step())) {
    for (const int end : {1, 2}) {
      if (parse_entity_reference(rows.text(end))) continue;
      faults.add("relation " + std::string(rows.text(0)) + ": " + std::string(rows.text(end)) +
                 " is no entity reference");
    }
  }
  return {};
}

Result<void> check_last_reported(SqliteConnection& connection, Faults& faults) {
  Statement rows = TRY(connection.prepare("SELECT org, rule, block, times FROM last_reported"));
  while (TRY(rows.step())) {
    if (decode_last_reported(rows.blob(3))) continue;
    faults.add("last_reported " + std::string(rows.text(2)) + " of rule " +
               std::string(rows.text(1)) + " of org " + std::string(rows.text(0)) + " is damaged");
  }
  return {};
}

}  // namespace

Result<void> verify_rest(SqliteConnection& connection, Faults& faults) {
  TRY(check_forbidden(connection, faults));
  TRY(check_relations(connection, faults));
  TRY(check_last_reported(connection, faults));
  if (const auto secrets = read_secrets(connection); !secrets) {
    faults.add(secrets.error().detail);
  }
  return {};
}

}  // namespace scorekeeper::store::sqlite
