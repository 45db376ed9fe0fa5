// For tests of OrgMatrix: small rules, entities and cells.
#pragma once

#include <fmt/format.h>

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "matrix/matrix.h"

namespace scorekeeper::matrix {

inline Scorecard scorecard(std::uint32_t number, std::string name) {
  return {.number = ScorecardNumber{number},
          .id = fmt::format("card{}", number),
          .name = std::move(name),
          .description = {},
          .created_at = {},
          .modified_at = {}};
}

inline Rule rule(std::uint32_t number, std::string name, std::uint32_t card = 1) {
  Rule made;
  made.number = RuleNumber{number};
  made.id = fmt::format("rule{}", number);
  made.scorecard = ScorecardNumber{card};
  made.name = std::move(name);
  return made;
}

inline void add_entities(OrgMatrix& matrix, std::vector<std::string> references) {
  std::vector<EntityAddition> additions;
  std::uint32_t next = matrix.next_entity().number;
  for (const auto& reference : references) additions.push_back({EntityNumber{next++}, reference});
  matrix.publish({.additions = additions});
}

inline CellChange change(std::uint32_t rule_number, std::uint32_t entity, State state,
                         std::uint64_t row) {
  return {
      RuleNumber{rule_number}, EntityNumber{entity},
      Cell{
          .state = state, .row = RowId{row}, .hash = row, .first_reported = 1, .last_reported = 1}};
}

inline std::vector<std::string> ids_of(const std::vector<RuleView>& rules) {
  std::vector<std::string> ids;
  for (const RuleView& view : rules) ids.push_back(view.rule.id);
  return ids;
}

inline std::vector<std::uint64_t> rows_of(const OutcomePage& page) {
  std::vector<std::uint64_t> rows;
  for (const OutcomeView& outcome : page.outcomes) rows.push_back(outcome.cell.row.number);
  return rows;
}

}  // namespace scorekeeper::matrix
