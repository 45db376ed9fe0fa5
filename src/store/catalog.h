// The catalog: organisations, keys, scorecards, rules, entities and their definitions, kinds,
// campaigns. Their changes are records of the log (log.h), from which the
// server answers in memory. Only the texts of definitions and the lists of entities and relations
// are read from here while it runs.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/id.h"
#include "base/result.h"
#include "base/siphash.h"
#include "base/work_budget.h"
#include "domain/audit.h"
#include "domain/catalog_change.h"
#include "domain/catalog_filter.h"
#include "domain/entity_definition.h"
#include "domain/org.h"
#include "domain/relations.h"
#include "store/rows.h"

namespace scorekeeper::store {

// Made once with the store. Never logged.
struct Secrets {
  SipKey change_key;   // hashes remarks
  SipKey request_key;  // seals the ids of async requests

  bool operator==(const Secrets&) const = default;
};

struct ListedEntity {
  DefinedEntity entity;
  // false: only discovered. Then there are its number, its reference, and the time when it was
  // first seen (again after a deletion) as created_at and modified_at.
  bool defined = true;

  bool operator==(const ListedEntity&) const = default;
};
struct EntitySelection {
  std::span<const EntityNumber> numbers;
  bool raw = false;  // read EntityDefinition::raw too, which is long
};

// Ascending id = from ":" type ":" to, as bytes; each id once.
struct RelationPage {
  std::vector<ListedRelation> relations;
};

// Steps of work of a change that list_audit looks at: some µs.
inline constexpr std::uint64_t audit_change_steps = 100;

// Orgs and keys as the gate needs them.
struct Keys {
  std::vector<Org> orgs;
  std::vector<Key> keys;  // revoked ones included
};

class Catalog {
 public:
  virtual ~Catalog() = default;

  // --- at start, before other threads
  virtual Result<Secrets> secrets() = 0;

  // --- any thread
  // One page of entities that match the filter, ascending by (name, kind, namespace), as bytes.
  // Entities that the offset skips cost a look at an index each.
  virtual Result<std::vector<EntityNumber>> find_entities(OrgId org,
                                                          const EntityListFilter& filter) = 0;
  // In the order of the numbers; removed and unknown ones are left out.
  virtual Result<std::vector<ListedEntity>> read_entities(OrgId org,
                                                          const EntitySelection& selection) = 0;
  virtual Result<RelationPage> list_relations(OrgId org, const RelationListFilter& filter) = 0;
  // The definitions of those entities that have one, with their raw text.
  Result<std::vector<DefinedEntity>> find_definitions(OrgId org,
                                                      std::span<const EntityNumber> numbers);
  // Descending numbers: the newest first. Events of keys and orgs are there, too. Conditions
  // without an index are looked for in pieces of changes. Each piece is work from the budget, and
  // an Error is the budget's; the form without one has no bounds.
  virtual Result<std::vector<AuditEvent>> list_audit(OrgId org, const AuditFilter& filter,
                                                     WorkBudget& budget) = 0;
  Result<std::vector<AuditEvent>> list_audit(OrgId org, const AuditFilter& filter);
  virtual Result<Keys> load_keys() = 0;
  // A number that changes when orgs or keys were written, by whatever process: then the keys are
  // loaded again.
  virtual Result<std::uint64_t> keys_version() = 0;
};

// The writes of the command line, also beside a running server: short transactions with a busy
// timeout. Each change has its event in the audit log, of the user of the system who runs the
// command.
class KeyStore {
 public:
  virtual ~KeyStore() = default;

  virtual Result<Keys> load_keys() = 0;
  virtual Result<Org> create_org(const std::string& name, Time now) = 0;  // conflict when it exists
  virtual Result<Key> create_key(Key key) = 0;  // its id is given by the store
  // not_found when there is no such key; revoking twice is not an error.
  virtual Result<void> revoke_key(KeyId key, Time now) = 0;
};

}  // namespace scorekeeper::store
