// OrgMatrix::compare: what a snapshot has against what its log says.
#include <algorithm>
#include <bit>
#include <map>
#include <optional>
#include <string>

#include "matrix/tables.h"

namespace scorekeeper::matrix {
namespace {

using Tell = std::function<void(const std::string&)>;

class Comparison {
 public:
  Comparison(const OrgMatrix::Tables& one, const OrgMatrix::Tables& other, const Tell& tell)
      : one_(one), other_(other), tell_(tell) {}

  void run() {
    compare_catalog();
    compare_kinds();
    compare_entities();
    compare_cells();
  }

 private:
  // Found by their numbers, up to `end`.
  template <class Find>
  void compare_numbered(std::string_view what, std::uint32_t end, const Find& find) {
    for (std::uint32_t number = 1; number < end; ++number) {
      const auto* const mine = find(one_, number);
      const auto* const its = find(other_, number);
      if (mine == nullptr && its == nullptr) continue;
      if (mine != nullptr && its != nullptr && *mine == *its) continue;
      tell_(std::string(what) + " " + (mine != nullptr ? mine : its)->id);
    }
  }
  void compare_catalog();
  void compare_kinds();
  void compare_entities();
  bool is_same(EntityNumber number) const;
  void compare_cells();
  void compare_page(RuleNumber rule, std::size_t index);
  void compare_cell(RuleNumber rule, EntityNumber entity, const std::optional<Cell>& mine,
                    const std::optional<Cell>& its);
  std::string reference_of(EntityNumber number) const {
    const auto mine = one_.names.text(number);
    return std::string(mine.empty() ? other_.names.text(number) : mine);
  }

  const OrgMatrix::Tables& one_;
  const OrgMatrix::Tables& other_;
  const Tell& tell_;
};

void Comparison::compare_catalog() {
  compare_numbered(
      "scorecard",
      std::max(one_.rulebook.next_scorecard(), other_.rulebook.next_scorecard()).number,
      [](const OrgMatrix::Tables& tables, std::uint32_t number) {
        return tables.rulebook.find_scorecard(ScorecardNumber{number});
      });
  compare_numbered("rule", std::max(one_.rulebook.next_rule(), other_.rulebook.next_rule()).number,
                   [](const OrgMatrix::Tables& tables, std::uint32_t number) {
                     return tables.rulebook.find_rule(RuleNumber{number});
                   });
  compare_numbered("campaign", std::max(one_.campaigns.next(), other_.campaigns.next()).number,
                   [](const OrgMatrix::Tables& tables, std::uint32_t number) {
                     return tables.campaigns.find(CampaignNumber{number});
                   });
}

void Comparison::compare_kinds() {
  const auto list = [](const OrgMatrix::Tables& tables) {
    std::map<std::string, Kind> kinds;
    for (const Kind& kind : tables.kinds.list({}, {.offset = 0, .size = tables.kinds.count()})) {
      kinds[kind.name] = kind;
    }
    return kinds;
  };
  const auto mine = list(one_);
  auto its = list(other_);
  for (const auto& [name, kind] : mine) {
    const auto found = its.find(name);
    if (found == its.end() || found->second != kind) tell_("kind " + name);
    its.erase(name);
  }
  for (const auto& [name, kind] : its) tell_("kind " + name);
}

bool Comparison::is_same(EntityNumber number) const {
  const auto reference = one_.names.text(number);
  if (reference != other_.names.text(number)) return false;
  if (reference.empty()) return true;
  const Entities& mine = one_.entities;
  const Entities& its = other_.entities;
  const bool defined = mine.defined().has(number);
  return mine.live().has(number) == its.live().has(number) &&
         defined == its.defined().has(number) &&
         mine.version_of(number) == its.version_of(number) &&
         one_.names.find(reference) == other_.names.find(reference) &&
         (!defined || mine.attributes(number) == its.attributes(number));
}

void Comparison::compare_entities() {
  const EntityNumber end = std::max(one_.names.next(), other_.names.next());
  for (EntityNumber number{1}; number < end; ++number.number) {
    if (!is_same(number)) tell_("entity " + reference_of(number));
  }
}

void Comparison::compare_cells() {
  const RuleNumber end = std::max(one_.rulebook.next_rule(), other_.rulebook.next_rule());
  for (RuleNumber rule{1}; rule < end; ++rule.number) {
    const auto pages = std::max(one_.cells.count_pages(rule), other_.cells.count_pages(rule));
    for (std::size_t index = 0; index < pages; ++index) compare_page(rule, index);
  }
}

void Comparison::compare_page(RuleNumber rule, std::size_t index) {
  const CellPage* const mine = one_.cells.find_any_page(rule, index);
  const CellPage* const its = other_.cells.find_any_page(rule, index);
  const auto bits_of = [](const CellPage* page, std::uint32_t block) {
    return page == nullptr ? 0 : page->bits(block, std::nullopt);
  };
  const auto find = [](const CellPage* page, EntityNumber entity) {
    return page == nullptr ? std::nullopt : page->find(entity);
  };
  for (std::uint32_t block = 0; block < page_words; ++block) {
    for (auto bits = bits_of(mine, block) | bits_of(its, block); bits != 0; bits &= bits - 1) {
      const auto bit = static_cast<std::uint32_t>(std::countr_zero(bits));
      const EntityNumber entity = entity_at(index, block * word_entities + bit);
      compare_cell(rule, entity, find(mine, entity), find(its, entity));
    }
  }
}

void Comparison::compare_cell(RuleNumber rule, EntityNumber entity, const std::optional<Cell>& mine,
                              const std::optional<Cell>& its) {
  if (mine && its) {
    Cell same = *its;
    same.last_reported = mine->last_reported;
    if (same == *mine) return;
  }
  const Rule* found = one_.rulebook.find_rule(rule);
  if (found == nullptr) found = other_.rulebook.find_rule(rule);
  const std::string id = found == nullptr ? std::to_string(rule.number) : found->id;
  tell_("the outcome of rule " + id + " for " + reference_of(entity));
}

}  // namespace

void OrgMatrix::compare(const OrgMatrix& other,
                        const std::function<void(const std::string&)>& tell) const {
  ReadLock lock(mutex_);
  ReadLock other_lock(other.mutex_);
  Comparison(*tables_, *other.tables_, tell).run();
}

}  // namespace scorekeeper::matrix
