// Reads the query of GET /scores/{aggregation} and writes its documents.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/limits.h"
#include "base/result.h"
#include "domain/score.h"
#include "wire/query.h"

namespace scorekeeper::wire {

// The fields that a list can be sorted by. A new one needs a line in: scores.cpp (name),
// api/scores.cpp (sort_of), matrix/scores.h, app/openapi/scores.json (the pattern of sort),
// docs/wire.md.
enum class ScoreField {
  score,
  numerator,
  denominator,
  total_pass,
  total_fail,
  total_skip,
  total_no_data
};

struct ScoreListQuery {
  Aggregation aggregation = Aggregation::by_entity;
  PageQuery page;
  // Lists may be empty: then nothing matches.
  std::optional<std::vector<std::string>> rule_ids;
  std::optional<std::vector<std::string>> scorecard_ids;
  std::optional<std::vector<int>> levels;
  std::optional<std::string> rule_name;
  std::optional<bool> custom;
  std::optional<bool> enabled;
  EntityFilterQuery entity;
  std::optional<ScoreField> sort;  // none: the order of the aggregation
  bool descending = false;
};

// `aggregation`: the last segment of the path.
Result<ScoreListQuery> parse_score_list_query(std::string_view aggregation, Query query,
                                              const Limits& limits);

// The score of one entity, rule, scorecard, team or kind.
struct ScoreItem {
  std::string id;            // of the entity (UUID), rule, scorecard, team or kind
  std::string name;          // by entity: the canonical reference; by rule and scorecard: the name
  std::string owner;         // only in CSV; the owner of the entity or rule
  std::string scorecard_id;  // by rule
  std::optional<int> level;  // by rule: the rule's; by entity: reached
  std::optional<int> highest_level;         // by entity: the highest that applies to it
  ScoreCounts counts;                       // cells by state
  std::uint64_t entities = 0;               // entities with at least one applicable cell
  std::optional<double> mean_entity_score;  // by team and kind
};

// A page, and its place in the whole list.
struct ScorePage {
  std::span<const ScoreItem> items;
  std::uint64_t total = 0;  // in the list
  PageQuery page;
  Links links;
};

// Data, meta{count,limit,offset,total}, links. Attributes alphabetical: aggregation, denominator,
// entity_reference (by entity), level?, level_max?, mean_entity_score?, name (by rule and
// scorecard), numerator, score? (a ratio from 0 to 1), total_entities, total_fail, total_no_data,
// total_pass, total_skip.
std::string write_score_list(const ScorePage& page, Aggregation aggregation, Silence silence);

}  // namespace scorekeeper::wire
