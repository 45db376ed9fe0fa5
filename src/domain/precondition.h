// A condition of a request (If-Match): the thing must be there, in a version that the client knows,
// before the request changes it. The version of a thing is the position of its last change in the
// org's history. Values; made by api/, asked on the committer's thread.
#pragma once

#include <optional>
#include <vector>

#include "base/id.h"
#include "base/result.h"

namespace scorekeeper {

struct Precondition {
  bool given = false;           // false: anything will do
  bool any = false;             // any version will do
  std::vector<RowId> versions;  // one of these

  // `version` of the thing: nullopt = it is not there; none = its version is not known.
  bool is_met_by(std::optional<RowId> version) const;
  // precondition_failed, with the version.
  Result<void> check(std::optional<RowId> version) const;
};

}  // namespace scorekeeper
