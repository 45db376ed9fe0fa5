// The catalog: organisations, keys, scorecards, rules, entities. Loaded whole at start; the running
// server answers from memory and writes here through the committer (decisions 3).
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/id.h"
#include "base/result.h"
#include "base/siphash.h"
#include "domain/org.h"
#include "domain/rule.h"
#include "domain/scorecard.h"

namespace scorekeeper::store {

// Made once with the store. Never logged.
struct Secrets {
  SipKey change_key;   // hashes remarks
  SipKey request_key;  // seals the ids of async requests

  bool operator==(const Secrets&) const = default;
};

struct OrgRules {
  OrgId org;
  std::vector<Scorecard> scorecards;  // by number
  std::vector<Rule> rules;            // by number, deleted ones included
};

// Rows to put by number, new or changed, of one org, in one transaction.
struct CatalogChange {
  OrgId org;
  std::vector<Scorecard> scorecards;
  std::vector<Rule> rules;
};

// Orgs and keys as the gate needs them.
struct Keys {
  std::vector<Org> orgs;
  std::vector<Key> keys;  // revoked ones included
};

using FoldEntity = std::function<void(OrgId org, EntityNumber number, std::string_view reference,
                                      std::optional<RowId> removed_at_position)>;

class Catalog {
 public:
  virtual ~Catalog() = default;

  // --- at start, before other threads
  virtual Result<Secrets> secrets() = 0;
  virtual Result<std::vector<OrgRules>> load_rules() = 0;
  // Calls `entity` for every entity in ascending (org, number).
  virtual Result<void> load_entities(const FoldEntity& entity) = 0;

  // --- committer thread only
  virtual Result<void> write(const CatalogChange& change) = 0;

  // --- any thread
  virtual Result<Keys> load_keys() = 0;
  // A number that changes when orgs or keys were written, by whatever process: then the keys are
  // loaded again.
  virtual Result<std::uint64_t> keys_version() = 0;
};

// What the command line does, also beside a running server: short transactions with a busy timeout.
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
