// A random history of one org, and a check of the records that must remain after a prune. Included
// by test files only.
#pragma once

#include <algorithm>
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "store/contract/catalog_contract.h"
#include "store/contract/entity_contract.h"
#include "store/contract/log_maker.h"
#include "store/contract/log_model_fixture.h"

namespace scorekeeper::store {

class PruneHistory {
 public:
  // `log`: of the store that is open then.
  explicit PruneHistory(std::function<Log&()> log, OrgId org = org_a, std::uint64_t seed = 1)
      : log_(std::move(log)), org_(org), random_(seed) {}

  // A scorecard with rules 1 to 4, and a kind.
  void begin() {
    std::vector<ResourceChange> changes{created(make_scorecard(1, "one")),
                                        created(make_kind("service"))};
    for (std::uint32_t n = 1; n <= 4; ++n) {
      rules_.push_back(make_rule(n, "first"));
      changes.push_back(created(rules_.back()));
    }
    append({.org = org_, .changes = std::move(changes)});
  }

  void act() {
    switch (below(8)) {
      case 0:
        return update_rules();
      case 1:
        return remove_entity();
      case 2:
        return define_entity();
      default:
        return report(1 + below(150));
    }
  }

  // Some outcomes, each once, of entities 1 to 40.
  void report(std::uint64_t count) {
    LogGroup group;
    std::set<std::pair<std::uint32_t, std::uint32_t>> used;
    for (; count > 0; --count) {
      const std::pair key(static_cast<std::uint32_t>(1 + below(4)),
                          static_cast<std::uint32_t>(1 + below(40)));
      if (!used.insert(key).second) continue;
      see({key.second}, group);
      texts_.push_back("remarks " + std::to_string(random_()) + (below(3) == 0 ? " \"\n" : ""));
      Cell& cell = cells_[{{key.first}, {key.second}}];
      const auto state = static_cast<State>(1 + below(3));
      group.outcomes.push_back({.rule = {key.first},
                                .entity = {key.second},
                                .state = state,
                                .before = cell.state,
                                .previous = cell.position,
                                .first_reported = 1'790'000'000,
                                .reported_before = cell.state ? 1'790'000'000U : 0U,
                                .remarks = texts_.back()});
      cell.state = state;
    }
    append(std::move(group));
  }

  // With its outcomes.
  void remove_entity() {
    if (known_.empty()) return;
    const auto place = std::next(known_.begin(), static_cast<std::ptrdiff_t>(below(known_.size())));
    const EntityNumber number = place->first;
    if (!place->second.live) return;
    LogGroup group;
    CatalogEntity before = make_undefined_entity(number.number, reference_of(number));
    before.definition = place->second.definition;
    group.changes.push_back(deleted(before));
    for (auto& [key, cell] : cells_) {
      if (key.second != number || !cell.state) continue;
      group.outcomes.push_back({.rule = key.first,
                                .entity = number,
                                .state = std::nullopt,
                                .before = cell.state,
                                .previous = cell.position,
                                .first_reported = 1'790'000'000,
                                .reported_before = 1'790'000'000,
                                .remarks = ""});
      cell = {};
    }
    place->second = {.live = false, .definition = {}};
    append(std::move(group));
  }

  void update_rules() {
    LogGroup group;
    for (CatalogRule& rule : rules_) {
      if (below(2) == 0) continue;
      CatalogRule after = rule;
      after.rule.name = std::to_string(random_());
      group.changes.push_back(updated(rule, after));
      rule = std::move(after);
    }
    if (!group.changes.empty()) append(std::move(group));
  }

  // One that lives gets a definition or another one; else a new one comes with one.
  void define_entity() {
    const EntityNumber number{static_cast<std::uint32_t>(1 + below(50))};
    Known& known = known_[number];
    auto definition = make_definition(number.number, reference_of(number), "team");
    definition.definition.description = std::to_string(random_());
    CatalogEntity after = make_entity(definition, !known.live);
    LogGroup group;
    if (known.live) {
      CatalogEntity before = make_undefined_entity(number.number, reference_of(number));
      before.definition = known.definition;
      group.changes.push_back(updated(before, after));
    } else {
      group.changes.push_back(created(after));
    }
    known = {.live = true, .definition = std::move(definition)};
    append(std::move(group));
  }

  void append(LogGroup group) {
    group.org = org_;
    group.at = contract_time(++seconds_);
    const Result<void> done = append_group(log_(), group);
    ASSERT_TRUE(done) << done.error().detail;
    const auto records = log_().read(org_, last_, 1'000);
    ASSERT_TRUE(records);
    for (const LogRecord& record : records->records) {
      full_.push_back(record);
      last_ = record.last();
      if (record.kind == RecordKind::outcomes) note(record);
    }
  }

  // Nothing happens for a while.
  void wait(std::chrono::seconds time) { seconds_ += time.count(); }

  // All that was ever appended, as it was.
  const std::vector<LogRecord>& full() const { return full_; }
  std::int64_t seconds() const { return seconds_; }
  OrgId org() const { return org_; }
  std::uint64_t below(std::uint64_t end) { return random_() % end; }

  // Work up to the moment `second`, and of the catalog up to another one.
  PruneWork work(std::int64_t second, std::optional<std::int64_t> audit_second = {},
                 std::size_t changes_max = 100) const {
    PruneWork work{.org = org_, .history_before = contract_time(second), .audit_before = {}};
    if (audit_second) work.audit_before = contract_time(*audit_second);
    work.changes_max = changes_max;
    return work;
  }

  // Checks the records that must be there once `work` is done, whatever was pruned before it.
  void check(const PruneWork& work, std::optional<Time> audit_before_once = {}) {
    const auto read = read_all(log_(), org_);
    ASSERT_TRUE(read) << read.error().detail;
    const RowId floor = floor_of(full_, work.history_before);
    const auto audit = work.audit_before ? work.audit_before : audit_before_once;
    const RowId audit_floor = audit ? floor_of(full_, *audit) : RowId{};
    EXPECT_EQ(places_in(*read), places_left(full_, floor, audit_floor));
    for (const LogRecord& record : full_) {
      if (record.at < work.history_before && record.last() < floor) continue;
      ASSERT_EQ(replay(*read, record.at), replay(full_, record.at)) << record.position.number;
    }
    check_groups(*read);
    check_rows(*read);
  }

 private:
  struct Cell {
    RowId position;
    std::optional<State> state;
  };
  struct Known {
    bool live = false;
    std::optional<DefinedEntity> definition;
  };

  static std::string reference_of(EntityNumber number) {
    return "service:default/e" + std::to_string(number.number);
  }

  void see(EntityNumber number, LogGroup& group) {
    const bool fresh = !known_.contains(number);
    Known& known = known_[number];
    if (known.live) return;
    known.live = true;
    texts_.push_back(reference_of(number));
    group.entities.push_back({.number = number, .reference = texts_.back(), .revived = !fresh});
  }

  void note(const LogRecord& record) {
    OutcomeBody body;
    ASSERT_TRUE(read_outcome_body(record, body));
    for (std::size_t n = 0; n < body.changes.size(); ++n) {
      const ChangedOutcome& change = *body.changes[n];
      if (change.state)
        cells_[{change.rule, change.entity}].position = {record.position.number + n};
    }
  }

  void check_rows(const std::vector<LogRecord>& records) {
    std::vector<RowId> positions;
    std::vector<std::string> remarks;
    for (const auto& [key, cell] : replay(records).cells) {
      positions.push_back(std::get<0>(cell));
      remarks.push_back(std::get<2>(cell));
    }
    const auto rows = log_().rows(org_, positions);
    ASSERT_TRUE(rows) << rows.error().detail;
    for (std::size_t n = 0; n < positions.size(); ++n) EXPECT_EQ((*rows)[n].remarks, remarks[n]);
  }

  std::function<Log&()> log_;
  OrgId org_;
  std::mt19937_64 random_;
  std::int64_t seconds_ = 0;
  RowId last_;
  std::vector<LogRecord> full_;
  std::vector<CatalogRule> rules_;
  std::map<std::pair<RuleNumber, EntityNumber>, Cell> cells_;
  std::map<EntityNumber, Known> known_;
  std::deque<std::string> texts_;
};

}  // namespace scorekeeper::store
