// What the verification of a ledger needs to know of the catalog, and the catalog's own rules. One
// thread; lives as long as one verification.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "store/sqlite/connection.h"
#include "store/sqlite/verify.h"

namespace scorekeeper::store::sqlite {

class Faults {
 public:
  explicit Faults(Verification& verification) : verification_(verification) {}

  void add(std::string fault) {
    if (verification_.faults.size() < faults_shown_max) {
      verification_.faults.push_back(std::move(fault));
    }
    ++verification_.faults_total;
  }

 private:
  Verification& verification_;
};

// A rule or an entity, as the ledger's rows see it.
struct Known {
  std::int64_t number = 0;
  std::uint32_t index = 0;         // among all of them
  std::int64_t removed_until = 0;  // rows up to it do not count; 0 = all count
};

// By org and number; filled in ascending order, mostly without holes.
class KnownNumbers {
 public:
  void add(std::int64_t org, std::int64_t number, std::int64_t removed_until) {
    orgs_[org].push_back({.number = number, .index = count_++, .removed_until = removed_until});
  }
  const Known* find(std::int64_t org, std::int64_t number) const;
  std::uint32_t count() const { return count_; }

 private:
  std::map<std::int64_t, std::vector<Known>> orgs_;
  std::uint32_t count_ = 0;
};

struct KnownCatalog {
  KnownNumbers rules;
  KnownNumbers entities;
};

// Reads rules and entities, and tells what is wrong with them: numbers, removals after the ledger's
// end, references that two entities have.
Result<KnownCatalog> verify_names(Connection& connection, std::int64_t version, Faults& faults);
// Definitions, relations, last reports, keys, secrets.
Result<void> verify_catalog(Connection& connection, std::int64_t version, Faults& faults);
// The audit log: numbers, orgs, words, fields.
Result<void> verify_audit(Connection& connection, Faults& faults);
// `end`: the ledger's last row to look at.
Result<std::uint64_t> verify_ledger(Connection& connection, const KnownCatalog& known,
                                    std::int64_t end, Faults& faults);

}  // namespace scorekeeper::store::sqlite
