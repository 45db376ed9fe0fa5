// OrgMatrix::list_outcomes: a page of cells, found by counting bits.
#include <algorithm>
#include <utility>

#include "matrix/name_filter.h"
#include "matrix/outcome_reading.h"
#include "matrix/tables.h"

namespace scorekeeper::matrix {
namespace {

NameFilter names_of(const OutcomeFilter& filter) {
  return {.reference = filter.entity_reference,
          .name = filter.entity_name,
          .name_or_reference = filter.service_name};
}

}  // namespace

OutcomeReading::OutcomeReading(OutcomeFilter wanted, CellKey after)
    : filter(std::move(wanted)), names_wanted(names_of(filter)), last(after) {}

// What is left of the page after the rules up to and with this one.
void OrgMatrix::Tables::collect(const Rule& rule, Wanted& wanted, OutcomePage& page) const {
  const OutcomeFilter& filter = wanted.reading.filter;
  const CellKey last = wanted.reading.last;
  if (cells.count(rule.number, filter.state) == 0 || !rulebook.matches(rule, filter.rule)) return;
  const RuleScope* scope = scopes.of(rule.number);
  const ScanMask mask{.scope = scope->everybody ? nullptr : &scope->entities,
                      .wanted = wanted.entities,
                      .after = rule.number == last.rule ? last.entity : EntityNumber{}};
  std::vector<FoundCell> found;
  if (!wanted.reading.names_wanted.empty()) {
    std::vector<EntityNumber> in_scope;
    std::ranges::copy_if(wanted.reading.named, std::back_inserter(in_scope),
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

OutcomePage OrgMatrix::Tables::read(OutcomeReading& reading, ScanWindow window) const {
  OutcomePage found;
  const OutcomeFilter& filter = reading.filter;
  if (!reading.names_wanted.empty()) {
    // Names are never taken out.
    if (reading.names != names.count()) {
      reading.named = reading.names_wanted.find(names);
      reading.names = names.count();
    }
    if (reading.named.empty()) return found;
  }
  Wanted wanted{.reading = reading,
                .entities = reading.matches ? &reading.matches->entities() : nullptr,
                .window = window};
  if (filter.rule.id) {
    const Rule* rule = rulebook.find_live_rule(*filter.rule.id);
    if (rule != nullptr && rule->number >= reading.last.rule) collect(*rule, wanted, found);
    return found;
  }
  const RuleNumber end = rulebook.next_rule();
  const RuleNumber first = std::max(reading.last.rule, RuleNumber{1});
  for (RuleNumber number = first; number < end && wanted.window.take > 0; ++number.number) {
    const Rule* rule = rulebook.find_rule(number);
    if (rule != nullptr) collect(*rule, wanted, found);
  }
  return found;
}

Result<void> OrgMatrix::prepare(OutcomeReading& reading, WorkBudget& budget) const {
  if (reading.matches) return sweep(*reading.matches, budget);
  reading.matches = TRY(match(reading.filter.entities, budget));
  return {};
}

Result<OutcomePage> OrgMatrix::read(OutcomeReading& reading, ScanWindow window,
                                    WorkBudget& budget) const {
  TRY(prepare(reading, budget));
  OutcomePage page;
  TRY(ask(reading.matches.get(), budget,
          [&](const Tables& tables) { page = tables.read(reading, window); }));
  return page;
}

Result<OutcomePage> OrgMatrix::list_outcomes(const OutcomeFilter& filter, Page page,
                                             WorkBudget& budget) const {
  OutcomeReading reading(filter);
  return read(reading, {.skip = page.offset, .take = page.size}, budget);
}

OutcomePage OrgMatrix::list_outcomes(const OutcomeFilter& filter, Page page) const {
  WorkBudget all;
  return *list_outcomes(filter, page, all);
}

Result<OutcomePage> OrgMatrix::list_outcomes(OutcomeReading& reading, std::uint64_t size,
                                             WorkBudget& budget) const {
  auto page = TRY(read(reading, {.skip = 0, .take = size}, budget));
  if (!page.outcomes.empty()) {
    reading.last = {.rule = page.outcomes.back().rule, .entity = page.outcomes.back().entity};
  }
  return page;
}

}  // namespace scorekeeper::matrix
