// The size of all scopes of an organisation's rules together: bounded by Limits::scope_terms_max
// and scope_wildcards_max. A value.
#pragma once

#include <cstddef>

namespace scorekeeper::matrix {

struct ScopeSize {
  std::size_t terms = 0;  // of all distinct scopes
  // Of the distinct terms that are tried on texts, with * or ? and words: trial_weight
  // (term_set.h).
  std::size_t wildcards = 0;
};

}  // namespace scorekeeper::matrix
