// The versions of the things that answers tell of: If-Match of a request, ETag of an answer. Any
// thread.
#pragma once

#include <cstddef>

#include "base/id.h"
#include "base/result.h"
#include "domain/precondition.h"
#include "http/message.h"

namespace scorekeeper::api {

// invalid: a header If-Match that is no list of entity tags.
Result<Precondition> precondition_of(const http::Request& request);
// The same of a request that writes `count` things: more than one have no version in common.
Result<Precondition> precondition_of(const http::Request& request, std::size_t count);

// Adds the ETag of the one thing that the answer tells of; none while its version is not known.
void tell_version(http::Response& response, RowId version);

}  // namespace scorekeeper::api
