// Finds and reads the files for `scorekeeper import backstage`: those that the command line names,
// and those in the folders that it names.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"

namespace scorekeeper::app {

struct BackstageFile {
  std::string name;
  std::string text;
  bool found = false;  // found in a folder: documents that are not Backstage's are ignored
};

// Reads the files. From a folder, in the order of their paths: the files *.yaml and *.yml in it and
// below that have a document of Backstage. Folders whose name begins with a dot, node_modules and
// links to folders are left out. "-" is standard input. Error: a file that cannot be read, a folder
// without any.
Result<std::vector<BackstageFile>> read_backstage_files(const std::vector<std::string>& paths);

}  // namespace scorekeeper::app
