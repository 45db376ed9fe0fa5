// Files, for several folders: the errors of their calls, and names that survive a power loss.
#pragma once

#include <string>

#include "base/result.h"

namespace scorekeeper {

// unavailable: "cannot open PATH: No such file or directory", with the text of that errno.
Error cannot(const std::string& doing, const std::string& path, int error);

// So that a new name in it survives a power loss.
Result<void> sync_directory(const std::string& directory);
// The same of the directory that the path is in.
Result<void> sync_directory_of(const std::string& path);

}  // namespace scorekeeper
