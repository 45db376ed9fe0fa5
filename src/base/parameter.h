// A decoded name and value of a request: of the query string or of a path pattern.
#pragma once

#include <string>

namespace scorekeeper {

struct Parameter {
  std::string name;
  std::string value;

  bool operator==(const Parameter&) const = default;
};

}  // namespace scorekeeper
