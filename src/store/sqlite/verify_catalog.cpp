#include "store/sqlite/verify_catalog.h"

#include <algorithm>

#include "base/random.h"
#include "base/siphash.h"
#include "domain/entity.h"
#include "store/last_reported.h"
#include "store/sqlite/keys.h"

namespace scorekeeper::store::sqlite {
namespace {

constexpr std::int64_t entities_per_page = 50'000;
constexpr std::int64_t blobs_per_page = 1'000;
constexpr std::int64_t relations_per_page = 20'000;
constexpr std::int64_t number_max = UINT32_MAX;

std::string text_of(std::int64_t number) { return std::to_string(number); }

void check_number(std::int64_t number, const char* what, Faults& faults) {
  if (number < 1 || number > number_max) {
    faults.add(std::string(what) + " " + text_of(number) + ": the number is out of range");
  }
}

Result<void> read_rules(Connection& connection, KnownNumbers& rules, Faults& faults) {
  Statement rows = TRY(connection.prepare(
      "SELECT org, number, coalesce(removed_at_position, 0) FROM rule ORDER BY org, number"));
  while (TRY(rows.step())) {
    check_number(rows.integer(1), "rule", faults);
    // A rule that was deleted before there were outcomes: at position 0, and no row is after it.
    rules.add(rows.integer(0), rows.integer(1), rows.integer(2));
  }
  return {};
}

// An entity's reference, told by a hash.
struct HashedName {
  std::int64_t org = 0;
  std::uint64_t hash = 0;
  std::int64_t number = 0;

  auto operator<=>(const HashedName&) const = default;
};

void check_names(std::vector<HashedName>& names, Faults& faults) {
  std::ranges::sort(names);
  for (std::size_t n = 1; n < names.size(); ++n) {
    const HashedName& one = names[n - 1];
    const HashedName& other = names[n];
    if (one.org != other.org || one.hash != other.hash) continue;
    faults.add("entity " + text_of(one.number) + " and entity " + text_of(other.number) +
               " of org " + text_of(one.org) + " have one reference");
  }
}

struct EntityPage {
  std::int64_t org = INT64_MIN;
  std::int64_t number = INT64_MIN;
  std::int64_t rows = 0;
};

Result<void> read_entities(Connection& connection, std::int64_t version, KnownNumbers& entities,
                           Faults& faults) {
  const SipKey key{.k0 = random_u64(), .k1 = random_u64()};
  Statement rows = TRY(connection.prepare(
      "SELECT org, number, coalesce(removed_at_position, 0), reference, " +
      std::string(version >= 2 ? "live" : "removed_at_position IS NULL") +
      " FROM entity WHERE (org, number) > (?1, ?2) ORDER BY org, number LIMIT ?3"));
  std::vector<HashedName> names;
  for (EntityPage page{.rows = entities_per_page}; page.rows == entities_per_page;) {
    rows.bind(1, page.org);
    rows.bind(2, page.number);
    rows.bind(3, entities_per_page);
    for (page.rows = 0; TRY(rows.step()); ++page.rows) {
      page.org = rows.integer(0);
      page.number = rows.integer(1);
      check_number(page.number, "entity", faults);
      entities.add(page.org, page.number, rows.integer(2));
      names.push_back(
          {page.org,
           siphash13(key, version >= 5 ? fold_reference(rows.text(3)) : std::string(rows.text(3))),
           page.number});
      if (!parse_entity_reference(rows.text(3))) {
        faults.add("entity " + text_of(page.number) + " of org " + text_of(page.org) +
                   ": its reference is none: " + std::string(rows.text(3)));
      }
    }
  }
  check_names(names, faults);
  return {};
}

// Each query finds rows that must not be there and starts the sentence that tells one.
struct Forbidden {
  std::int64_t since_version;
  const char* query;
};
constexpr Forbidden forbidden[] = {
    {1,
     "SELECT 'rule ' || number || ' of org ' || org || ' was deleted after the ledger''s end'"
     " FROM rule WHERE removed_at_position > (SELECT coalesce(max(id), 0) FROM outcome_change)"},
    {1,
     "SELECT 'entity ' || number || ' of org ' || org || ' was removed after the ledger''s end'"
     " FROM entity WHERE removed_at_position > (SELECT coalesce(max(id), 0) FROM outcome_change)"},
    {1,
     "SELECT 'request ' || id || ' has a number that may be given again' FROM request"
     " WHERE id >= (SELECT coalesce(max(value), 0) FROM meta WHERE key = 'requests_reserved')"},
    {1,
     "SELECT 'rule ' || number || ' of org ' || org || ' has enabled ' || enabled FROM rule"
     " WHERE enabled NOT IN (0, 1)"},
    {2,
     "SELECT 'entity ' || number || ' of org ' || org || ' has live ' || live FROM entity"
     " WHERE live NOT IN (0, 1)"},
    {2,
     "SELECT 'campaign ' || number || ' of org ' || org || ' has removed ' || removed FROM campaign"
     " WHERE removed NOT IN (0, 1)"},
    {2,
     "SELECT 'entity ' || number || ' of org ' || org || ' is dead but was never removed'"
     " FROM entity WHERE live = 0 AND removed_at_position IS NULL"},
    {2,
     "SELECT 'the definition of entity ' || d.number || ' of org ' || d.org ||"
     " ' is of an entity that was removed, or of another name'"
     " FROM entity_definition AS d JOIN entity AS e ON e.org = d.org AND e.number = d.number"
     " WHERE e.live = 0 OR e.reference <> d.reference"},
    {2,
     "SELECT 'relation ' || id || ' of org ' || org || ' has another id than its ends say'"
     " FROM relation WHERE id <> from_entity || ':' || type || ':' || to_entity"},
    {2,
     "SELECT 'campaign ' || number || ' of org ' || org || ' has status ' || status FROM campaign"
     " WHERE status NOT BETWEEN 1 AND 3"},
};

Result<void> check_forbidden(Connection& connection, std::int64_t version, Faults& faults) {
  for (const Forbidden& one : forbidden) {
    if (version < one.since_version) continue;
    Statement rows = TRY(connection.prepare(one.query));
    while (TRY(rows.step())) faults.add(std::string(rows.text(0)));
  }
  return {};
}

// Ends are references.
Result<void> check_relations(Connection& connection, Faults& faults) {
  Statement rows =
      TRY(connection.prepare("SELECT row, id, from_entity, to_entity FROM relation WHERE row > ?1"
                             " ORDER BY row LIMIT ?2"));
  std::int64_t last = INT64_MIN;
  for (std::int64_t read = relations_per_page; read == relations_per_page;) {
    rows.bind(1, last);
    rows.bind(2, relations_per_page);
    for (read = 0; TRY(rows.step()); ++read) {
      last = rows.integer(0);
      for (const int end : {2, 3}) {
        if (parse_entity_reference(rows.text(end))) continue;
        faults.add("relation " + std::string(rows.text(1)) + ": " + std::string(rows.text(end)) +
                   " is no entity reference");
      }
    }
  }
  return {};
}

Result<void> check_last_reported(Connection& connection, Faults& faults) {
  Statement rows = TRY(connection.prepare(
      "SELECT org, rule, block, times FROM last_reported WHERE (org, rule, block) > (?1, ?2, ?3)"
      " ORDER BY org, rule, block LIMIT ?4"));
  rows.bind(1, INT64_MIN);
  rows.bind(2, INT64_MIN);
  rows.bind(3, INT64_MIN);
  rows.bind(4, blobs_per_page);
  for (std::int64_t read = blobs_per_page; read == blobs_per_page;) {
    std::int64_t org = 0;
    std::int64_t rule = 0;
    std::int64_t block = 0;
    for (read = 0; TRY(rows.step()); ++read) {
      org = rows.integer(0);
      rule = rows.integer(1);
      block = rows.integer(2);
      if (decode_last_reported(rows.blob(3))) continue;
      faults.add("last_reported " + text_of(block) + " of rule " + text_of(rule) + " of org " +
                 text_of(org) + " is damaged");
    }
    rows.bind(1, org);
    rows.bind(2, rule);
    rows.bind(3, block);
  }
  return {};
}

}  // namespace

const Known* KnownNumbers::find(std::int64_t org, std::int64_t number) const {
  const auto found = orgs_.find(org);
  if (found == orgs_.end()) return nullptr;
  const std::vector<Known>& known = found->second;
  // Without holes it stands where its number says.
  if (number >= 1 && std::cmp_less_equal(number, known.size())) {
    const Known& guess = known[static_cast<std::size_t>(number - 1)];
    if (guess.number == number) return &guess;
  }
  const auto place = std::ranges::lower_bound(known, number, {}, &Known::number);
  return place != known.end() && place->number == number ? &*place : nullptr;
}

Result<KnownCatalog> verify_names(Connection& connection, std::int64_t version, Faults& faults) {
  KnownCatalog known;
  TRY(read_rules(connection, known.rules, faults));
  TRY(read_entities(connection, version, known.entities, faults));
  return known;
}

Result<void> verify_catalog(Connection& connection, std::int64_t version, Faults& faults) {
  TRY(check_forbidden(connection, version, faults));
  if (version >= 2) TRY(check_relations(connection, faults));
  TRY(check_last_reported(connection, faults));
  if (const auto keys = load_keys(connection, version); !keys) {
    faults.add("the keys cannot be read: " + keys.error().detail);
  }
  return {};
}

}  // namespace scorekeeper::store::sqlite
