#include "matrix/prepared_scopes.h"

#include <memory>
#include <utility>

namespace scorekeeper::matrix {

void PreparedScopes::want(const std::map<std::string, EntityQuery>& queries, DraftShelf& drafts) {
  std::erase_if(scopes_, [&](const auto& entry) { return !queries.contains(entry.first); });
  for (const auto& [text, query] : queries) {
    auto& scope = scopes_[text];
    if (scope) continue;
    scope = drafts.take(text);
    if (!scope) scope = std::make_unique<ScopeDraft>(query);
    scope->matches.take_steps();  // of whoever made the draft
  }
}

bool PreparedScopes::advance(const Entities& entities, const Names& names, std::uint64_t steps) {
  const std::uint64_t end = steps_ + steps;
  for (const auto& [text, scope] : scopes_) {
    if (steps_ >= end) return false;
    const bool done = scope->matches.finish(entities, names, end - steps_);
    steps_ += scope->matches.take_steps();
    if (!done) return false;
  }
  return true;
}

void PreparedScopes::apply_changes(std::span<const ChangedEntity> changed,
                                   const Entities& entities) {
  kept_.clear();
  std::vector<Scopes::Asked> asked;
  for (const auto& [text, scope] : scopes_) {
    EntityMatches& matches = scope->matches;
    asked.push_back({&scope->query, &matches.entities()});
    for (const ChangedEntity& one : changed) {
      const std::size_t page = page_of(one.entity);
      const bool again =
          !kept_.empty() && kept_.back().matches == &matches && kept_.back().page == page;
      if (!again && matches.has_met(entities, page)) kept_.push_back({&matches, page});
    }
  }
  Scopes::ask(asked, changed);
}

void PreparedScopes::keep(const Entities& entities) {
  for (const Kept& kept : kept_) kept.matches->keep(entities, kept.page);
  kept_.clear();
}

}  // namespace scorekeeper::matrix
