// Text of a query -> its tree. The grammar stands in docs/formats/scope-query.md.
#pragma once

#include <string_view>

#include "domain/entity_query_expression.h"

namespace scorekeeper {

// Errors as of EntityQuery::parse.
Result<Expression> parse_expression(std::string_view text, std::string_view attribute,
                                    std::size_t terms_max);

}  // namespace scorekeeper
