// Refuses the parameters of a query string that an operation does not know: those of the families
// filter[…], page[…], fields[…], sort and include, and those that look like a mistyped one. A
// filter that is mistyped must not answer with everything. All other parameters are ignored, as
// clients add some. Any thread.
#pragma once

#include "base/result.h"
#include "wire/query.h"

namespace scorekeeper::wire {

// Looks like a mistyped one: of the name only its letters count, in lower case. They begin with the
// word of a family; or they are those of a known name, or of what it has in its last brackets; or
// they differ from those of a known name, or those before the first bracket from the word of a
// family, in at most two letters (in one, where that has less than six).
//
// The first of a family that the operation does not know: "parameter \"filter[x]\" is unknown; did
// you mean …". `sort` and `include` without a value ask for nothing and pass.
// Also refuses one that the operation knows and that is given twice with different values.
Result<void> check_parameters(Query query, const ParameterRows& rows);

}  // namespace scorekeeper::wire
