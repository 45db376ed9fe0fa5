// The rules that a question about scores is about, and who is in their scopes page by page. Lives
// within one look under the lock of its OrgMatrix.
#pragma once

#include <cstddef>
#include <vector>

#include "domain/rule.h"
#include "matrix/bitmap.h"
#include "matrix/entities.h"
#include "matrix/rulebook.h"
#include "matrix/scopes.h"
#include "matrix/scores.h"

namespace scorekeeper::matrix {

struct SelectedRule {
  const Rule* rule = nullptr;
  std::size_t scope = 0;  // a place in Selection::scopes
};

struct Selection {
  std::vector<SelectedRule> rules;       // ascending by number
  std::vector<const RuleScope*> scopes;  // distinct
};

// The live rules that match.
Selection select(const RuleSelection& wanted, const Rulebook& rulebook, const Scopes& scopes);

// The entities that are wanted and in each scope of a selection, one page after the other.
class ScopePages {
 public:
  // `wanted`: nullptr = everybody.
  ScopePages(const Selection& selection, const Entities& entities, const Bitmap* wanted);

  void turn_to(std::size_t page);
  // nullptr = nobody.
  const Words* operator[](std::size_t scope) const { return current_[scope]; }
  bool is_unscoped(std::size_t scope) const { return selection_.scopes[scope]->unscoped; }

 private:
  const Words* page_of_scope(std::size_t scope, std::size_t page) const;

  const Selection& selection_;
  const Entities& entities_;
  const Bitmap* wanted_;
  std::vector<Words> buffers_;  // by scope, where not all are wanted
  std::vector<const Words*> current_;
};

}  // namespace scorekeeper::matrix
