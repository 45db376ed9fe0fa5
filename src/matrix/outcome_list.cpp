// OrgMatrix::list_outcomes and _after: a page of cells, found by counting bits.
#include <algorithm>
#include <utility>

#include "domain/entity.h"
#include "matrix/entity_matcher.h"
#include "matrix/tables.h"

namespace scorekeeper::matrix {
namespace {

// Those that the filter `service_name` means, ascending.
std::vector<EntityNumber> entities_of(const Names& names, std::string_view service_name) {
  std::vector<EntityNumber> entities = names.named(service_name);
  const auto parsed = parse_entity_reference(service_name);
  if (!parsed) return entities;
  std::string canonical;
  append_canonical(*parsed, canonical);
  if (const EntityNumber entity = names.find(canonical)) {
    const auto place = std::lower_bound(entities.begin(), entities.end(), entity);
    if (place == entities.end() || *place != entity) entities.insert(place, entity);
  }
  return entities;
}

}  // namespace

// What is left of the page after the rules up to and with this one.
void OrgMatrix::Tables::collect(const Rule& rule, const OutcomeFilter& filter, Wanted& wanted,
                                OutcomePage& page) const {
  if (cells.count(rule.number, filter.state) == 0 || !rulebook.matches(rule, filter.rule)) return;
  const RuleScope* scope = scopes.of(rule.number);
  const ScanMask mask{
      .scope = scope->everybody ? nullptr : &scope->entities,
      .wanted = filter.entities ? &wanted.entities : nullptr,
      .after = rule.number == wanted.after.rule ? wanted.after.entity : EntityNumber{}};
  std::vector<FoundCell> found;
  if (filter.service_name) {
    std::vector<EntityNumber> in_scope;
    std::ranges::copy_if(wanted.named, std::back_inserter(in_scope),
                         [&](EntityNumber entity) { return mask.has(entity); });
    cells.scan(rule.number, filter.state, in_scope, wanted.window, found);
  } else {
    cells.scan(rule.number, filter.state, mask, wanted.window, found);
  }
  if (found.empty()) return;
  page.rules.push_back(rulebook.view(rule));
  for (const FoundCell& cell : found) {
    page.outcomes.push_back(
        {rule.number, cell.entity, cell.cell, std::string(names.text(cell.entity))});
  }
}

OutcomePage OrgMatrix::Tables::list_outcomes(const OutcomeFilter& filter, Wanted wanted) const {
  OutcomePage found;
  if (filter.service_name) {
    wanted.named = entities_of(names, *filter.service_name);
    if (wanted.named.empty()) return found;
  }
  if (filter.entities) {
    wanted.entities = EntityMatcher(*filter.entities, entities, names).match_all();
  }
  if (filter.rule.id) {
    const Rule* rule = rulebook.find_live_rule(*filter.rule.id);
    if (rule != nullptr && rule->number >= wanted.after.rule) {
      collect(*rule, filter, wanted, found);
    }
    return found;
  }
  const RuleNumber end = rulebook.next_rule();
  const RuleNumber first = std::max(wanted.after.rule, RuleNumber{1});
  for (RuleNumber number = first; number < end && wanted.window.take > 0; ++number.number) {
    const Rule* rule = rulebook.find_rule(number);
    if (rule != nullptr) collect(*rule, filter, wanted, found);
  }
  return found;
}

OutcomePage OrgMatrix::list_outcomes(const OutcomeFilter& filter, Page page) const {
  Tables::Wanted wanted;
  wanted.window = {.skip = page.offset, .take = page.size};
  ReadLock lock(mutex_);
  return tables_->list_outcomes(filter, std::move(wanted));
}

OutcomePage OrgMatrix::list_outcomes_after(const OutcomeFilter& filter, CellKey last,
                                           std::uint64_t size) const {
  Tables::Wanted wanted;
  wanted.window.take = size;
  wanted.after = last;
  ReadLock lock(mutex_);
  return tables_->list_outcomes(filter, std::move(wanted));
}

}  // namespace scorekeeper::matrix
