// A rule: one criterion that an entity passes or fails.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/id.h"
#include "base/limits.h"
#include "base/result.h"
#include "domain/scorecard.h"

namespace scorekeeper {

inline constexpr int level_min = 1;
inline constexpr int level_max = 3;  // also the default, as recorded

struct Rule {
  RuleNumber number;
  std::string id;  // 16 characters [a-z0-9]; opaque
  ScorecardNumber scorecard;
  std::string name;
  std::string description;
  std::string owner;
  std::string scope_query;
  bool enabled = true;
  int level = level_max;
  Time created_at{};
  Time modified_at{};
  // Set when the rule was deleted: the position of that change.
  std::optional<RowId> removed_at_position;
  RowId version{};  // the position of its last change; none: not known

  bool operator==(const Rule&) const = default;
};

struct RuleView {
  Rule rule;
  Scorecard scorecard;
};

// The attributes in a create or an update; PUT replaces the whole rule, so that absent members get
// the defaults of a create: enabled, level_max, no text.
struct RuleFields {
  std::string name;
  std::string scorecard_id;    // empty = not given; must exist, and wins over the name
  std::string scorecard_name;  // empty = not given
  std::string description;
  std::string owner;
  std::string scope_query;
  std::optional<bool> enabled;  // none = not given
  std::optional<int> level;

  bool operator==(const RuleFields&) const = default;
};

// Checks required members, lengths and the level, and that the scope query parses. Errors name the
// attribute as recorded: `attribute "name" is required`.
Result<void> check(const RuleFields& fields, const Limits& limits);

// Lists the attributes that an update with these fields takes away from the rule without naming
// them: a sentence for each. A client of the documented API that knows only name and scorecard
// loses the rest.
std::vector<std::string> list_losses(const Rule& before, const RuleFields& fields);

// A rule without a scope applies to the defined entities of these kinds, and to whatever has an
// outcome reported for it (docs/scores.md).
inline constexpr std::array<std::string_view, 3> unscoped_kinds{"service", "queue", "datastore"};
bool is_unscoped(std::string_view scope_query);

// A scope of the recorded `policy_scope` document: the defined entities that a rule applies to.
struct PolicyScope {
  std::string kind;
  std::string query;
};
// Without a scope: the unscoped_kinds; "kind:K" alone: that kind; any other query: the
// unscoped_kinds with the query's text added, an echo of the recorded form. Only the query decides
// to which entities such a rule applies.
std::vector<PolicyScope> policy_scopes(const std::string& scope_query);
// The id of `relationships.scope`: a version 5 UUID that depends only on the query.
std::string entity_scope_id(const std::string& scope_query);

// detail as recorded: "rule not found: <id as given>".
Error rule_not_found(const std::string& id);
// 409 as recorded: title "Invalid rule_id", no detail.
Error unknown_rule_id();

}  // namespace scorekeeper
