// The files that `scorekeeper import backstage` reads: what the command line names, and what is
// found in the folders among it.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"

namespace scorekeeper::app {

struct BackstageFile {
  std::string name;
  std::string text;
  bool found = false;  // in a folder: what is no document of Backstage there is not meant
};

// Of a folder, in the order of their paths: the files *.yaml and *.yml in it and below that have a
// document of Backstage. Folders whose name begins with a dot, node_modules and links to folders
// are left out. "-" is standard input. Error: a file that cannot be read, a folder without any.
Result<std::vector<BackstageFile>> read_backstage_files(const std::vector<std::string>& paths);

}  // namespace scorekeeper::app
