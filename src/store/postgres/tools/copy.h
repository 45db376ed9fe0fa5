// A database as the source or the target of a copy (store/tools/copy.h). Each has a connection of
// its own.
#pragma once

#include <memory>
#include <string>

#include "base/result.h"
#include "store/tools/copy.h"

namespace scorekeeper::store::postgres {

// A store of this release's version; servers may go on writing to it, and what they write is not in
// the copy.
Result<std::unique_ptr<CopySource>> open_copy_source(const std::string& address);
// A database without tables, or with an unfinished copy.
Result<std::unique_ptr<CopyTarget>> open_copy_target(const std::string& address);

}  // namespace scorekeeper::store::postgres
