// A store's directory as the source or the target of a copy (store/tools/copy.h). Both hold the
// lock file: no server serves the directory meanwhile.
#pragma once

#include <memory>
#include <string>

#include "base/result.h"
#include "store/tools/copy.h"

namespace scorekeeper::store::sqlite {

// A store of this release's version, of which one moment is read.
Result<std::unique_ptr<CopySource>> open_copy_source(const std::string& directory);
// A directory without a store, which is made where there is none, or with an unfinished copy.
Result<std::unique_ptr<CopyTarget>> open_copy_target(const std::string& directory);

}  // namespace scorekeeper::store::sqlite
