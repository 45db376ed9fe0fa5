// All that OrgMatrix keeps under its lock; for the .cpp files of this folder.
#pragma once

#include <algorithm>
#include <cstdint>
#include <string_view>
#include <vector>

#include "base/id.h"
#include "matrix/campaigns.h"
#include "matrix/cells.h"
#include "matrix/entities.h"
#include "matrix/kinds.h"
#include "matrix/matrix.h"
#include "matrix/names.h"
#include "matrix/rulebook.h"
#include "matrix/scopes.h"
#include "matrix/wanted_entities.h"

namespace scorekeeper::matrix {

// When what scores are counted from was last changed, in publishes.
struct ScoreChanges {
  std::uint64_t now = 1;             // the latest publish
  std::uint64_t rules = 1;           // rules and their scopes
  std::vector<std::uint64_t> pages;  // cells, definitions and scopes of entities, by page

  void note_change(EntityNumber entity) {
    const auto page = page_of(entity);
    if (page >= pages.size()) pages.resize(page + 1);
    pages[page] = now;
  }
  std::uint64_t of_page(std::size_t page) const {
    return std::max(rules, page < pages.size() ? pages[page] : 0);
  }
};

struct OrgMatrix::Tables {
  Rulebook rulebook;
  Names names;
  Entities entities;
  Scopes scopes;
  Cells cells;  // of live entities
  CampaignBook campaigns;
  KindBook kinds;
  ScoreChanges score_changes;
  RowId position;

  // All that a publication says.
  void put(const Publication& publication, Decisions& decisions);
  void put_catalog(const Publication& publication);
  void put_entities(const Publication& publication, Decisions& decisions);
  void add(const EntityAddition& addition);
  // A live entity is found by all spellings of its reference, whatever number a removed one has.
  void prefer(EntityNumber entity);
  std::string_view reference_of(const EntityAddition& addition) const;
};

// The lock is given away after each look. Changes during a sweep are left to the next one, which is
// as much shorter; changes during the last one are left to the question itself.
template <class Whom>
Result<void> OrgMatrix::sweep(Whom& whom, WorkBudget& budget) const {
  constexpr int sweeps_max = 8;
  for (int i = 0; i < sweeps_max; ++i) {
    for (bool more = true; more;) {
      {
        ReadLock lock(mutex_);
        more = whom.advance(tables_->entities, tables_->names);
      }
      if (!budget.spend(whom.take_steps())) return budget.error({});
    }
    if (whom.sweep_matched() <= 1) break;
  }
  return {};
}

template <class Act>
Result<void> OrgMatrix::ask(WantedEntities& wanted, WorkBudget& budget, const Act& act) const {
  // A page of entities that changed may be more than one look, where the query has many wildcards:
  // each look may be twice as long as the one before, at last some 50 ms.
  constexpr std::uint64_t steps_max = 64 * query_look_max;
  for (std::uint64_t steps = query_look_max; steps <= steps_max; steps *= 2) {
    {
      ReadLock lock(mutex_);
      const Tables& tables = *tables_;
      const bool found = wanted.finish(tables.entities, tables.names, steps);
      if (!budget.spend(wanted.take_steps())) return budget.error({});
      if (found) {
        act(tables);
        return {};
      }
    }
    TRY(sweep(wanted, budget));
  }
  return make_error(Code::unavailable,
                    "the entities change faster than the query can be evaluated; repeat the "
                    "request later");
}

}  // namespace scorekeeper::matrix
