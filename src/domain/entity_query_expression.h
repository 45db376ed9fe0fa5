// A query as a tree, between its text and its program: made by the parser, thrown away once it is
// compiled. Its depth is bounded by query_depth_max, so that walking it recursively is safe.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "domain/entity_query.h"

namespace scorekeeper {

struct Expression {
  enum class Form { term, all, any };

  Form form = Form::all;  // all of no parts: every entity
  bool negated = false;
  EntityTerm term;                // of Form::term
  std::vector<Expression> parts;  // of the others: two or more, none of them of the same form
};

// One part alone is itself; parts of the same form are taken apart, so that brackets which change
// nothing leave no trace.
Expression all_of(std::vector<Expression> parts);
Expression any_of(std::vector<Expression> parts);

// The canonical text. AND and OR are written; only terms of one field that are alternatives within
// an AND stand side by side, because brackets around them could exceed query_depth_max.
std::string write(const Expression& expression);

}  // namespace scorekeeper
