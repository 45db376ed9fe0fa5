// The scorecards and rules of one org, by number, id and name. Deleted rules stay, as their numbers
// and ids are never reused and records of the log name them. One writer, readers under OrgMatrix's
// lock.
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>
#include <vector>

#include "base/id.h"
#include "domain/rule.h"
#include "domain/scorecard.h"
#include "matrix/filter.h"
#include "matrix/names.h"
#include "matrix/text_search.h"

namespace scorekeeper::matrix {

class Rulebook {
 public:
  // --- readers; pointers are good as long as the lock is held
  bool is_live(RuleNumber rule) const;
  const Rule* find_rule(RuleNumber rule) const;  // deleted ones too
  const Rule* find_live_rule(std::string_view id) const;
  const Scorecard* find_scorecard(ScorecardNumber scorecard) const;  // deleted ones too
  const Scorecard* find_scorecard(std::string_view id) const;
  const Scorecard* find_scorecard_by_name(std::string_view name) const;
  RuleView view(const Rule& rule) const;
  bool matches(const Rule& rule, const RuleFilter& filter) const;
  // A look of some query_look_max steps; false = all is found.
  bool look(const RuleFilter& filter, TextSearch<RuleView, NamePlace>& search) const;
  bool look(const ScorecardFilter& filter, TextSearch<Scorecard, NamePlace>& search) const;
  std::size_t count_live_rules() const { return rules_by_name_.size(); }
  std::size_t count_rules(ScorecardNumber scorecard) const;  // live ones
  std::size_t count_scorecards() const { return scorecards_by_name_.size(); }
  RuleNumber next_rule() const;
  ScorecardNumber next_scorecard() const;
  std::size_t memory_bytes() const;

  // --- the writer
  void put(const Scorecard& scorecard);
  void put(const Rule& rule);

 private:
  std::vector<std::optional<Scorecard>> scorecards_;  // by number
  std::vector<std::optional<Rule>> rules_;            // by number
  FlatIndex scorecards_by_id_;
  FlatIndex rules_by_id_;
  std::vector<ScorecardNumber> scorecards_by_name_;  // the same as of rules
  std::vector<RuleNumber> rules_by_name_;            // ascending (name, id); deleted ones left out
};

}  // namespace scorekeeper::matrix
