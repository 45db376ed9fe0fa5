// OrgMatrix::list_outcomes: a page of cells, found by counting bits, in many short looks where it
// stands behind many rules and pages.
#include <algorithm>
#include <utility>

#include "matrix/outcome_reading.h"
#include "matrix/tables.h"

namespace scorekeeper::matrix {
namespace {

using Tables = OrgMatrix::Tables;

constexpr std::uint64_t rule_steps = 16;  // a rule that is passed over

// Goes from rule to rule, and in a rule from page to page. Lives for one page of outcomes.
class Search {
 public:
  Search(const OutcomeReading& reading, ScanWindow window)
      : reading_(reading), at_(reading.last), window_(window) {}

  // A part of what is left to do, of some query_look_max steps; false = the page is full, or there
  // are no more outcomes.
  bool look(const Tables& tables);
  // Work of the last look.
  std::uint64_t steps() const { return query_look_max - window_.steps; }
  OutcomePage take_page() { return std::move(page_); }

 private:
  // Goes on with a rule; true = it is done.
  bool pass(const Tables& tables, const Rule& rule);
  bool counts(const Tables& tables, const Rule& rule);
  void add(const Tables& tables, const Rule& rule, std::span<const FoundCell> found);

  const OutcomeReading& reading_;
  CellKey at_;  // it goes on behind this one
  ScanWindow window_;
  OutcomePage page_;
};

bool Search::look(const Tables& tables) {
  window_.steps = query_look_max;
  const NamedEntities* named = reading_.wanted.by_name();
  if (named != nullptr && named->empty()) return false;
  if (const auto& id = reading_.filter.rule.id) {
    const Rule* rule = tables.rulebook.find_live_rule(*id);
    return rule != nullptr && rule->number >= at_.rule && !pass(tables, *rule);
  }
  at_.rule = std::max(at_.rule, RuleNumber{1});
  const RuleNumber end = tables.rulebook.next_rule();
  for (; at_.rule < end && window_.take > 0; at_ = {.rule = {at_.rule.number + 1}, .entity = {}}) {
    if (window_.steps == 0) return true;
    const Rule* rule = tables.rulebook.find_rule(at_.rule);
    if (rule != nullptr && !pass(tables, *rule)) return true;
  }
  return false;
}

bool Search::pass(const Tables& tables, const Rule& rule) {
  if (!counts(tables, rule)) return true;
  const RuleScope* scope = tables.scopes.of(rule.number);
  const ScanMask mask{.scope = scope->everybody ? nullptr : &scope->entities,
                      .wanted = reading_.wanted.by_query(),
                      .named = reading_.wanted.by_name(),
                      .after = rule.number == at_.rule ? at_.entity : EntityNumber{}};
  std::vector<FoundCell> found;
  const EntityNumber after =
      tables.cells.scan(rule.number, reading_.filter.state, mask, window_, found);
  add(tables, rule, found);
  if (after) at_ = {.rule = rule.number, .entity = after};
  return !after;
}

bool Search::counts(const Tables& tables, const Rule& rule) {
  const OutcomeFilter& filter = reading_.filter;
  window_.spend(rule_steps);
  if (tables.cells.count(rule.number, filter.state) == 0) return false;
  if (filter.rule.description) window_.spend(rule.description.size());
  // It is looked at all the same, so that each look goes on.
  window_.steps = std::max<std::uint64_t>(window_.steps, 1);
  return tables.rulebook.matches(rule, filter.rule);
}

void Search::add(const Tables& tables, const Rule& rule, std::span<const FoundCell> found) {
  if (found.empty()) return;
  if (page_.rules.empty() || page_.rules.back().rule.number != rule.number) {
    page_.rules.push_back(tables.rulebook.view(rule));
  }
  for (const FoundCell& cell : found) {
    page_.outcomes.push_back(
        {rule.number, cell.entity, cell.cell, std::string(tables.names.text(cell.entity))});
  }
}

}  // namespace

OutcomeReading::OutcomeReading(OutcomeFilter wants, CellKey after)
    : filter(std::move(wants)), last(after), wanted(filter.entity, filter.service_name) {}

Result<void> OrgMatrix::prepare(OutcomeReading& reading, WorkBudget& budget) const {
  return sweep(reading.wanted, budget);
}

Result<OutcomePage> OrgMatrix::read(OutcomeReading& reading, ScanWindow window,
                                    WorkBudget& budget) const {
  TRY(prepare(reading, budget));
  Search search(reading, window);
  for (bool more = true; more;) {
    TRY(ask(reading.wanted, budget, [&](const Tables& tables) { more = search.look(tables); }));
    if (!budget.spend(search.steps())) return budget.error({});
  }
  return search.take_page();
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
