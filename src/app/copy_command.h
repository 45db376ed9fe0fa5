// scorekeeper copy: a whole store into another of the other kind, so that a directory becomes a
// database that servers share, or back. Progress goes to stderr, the report to stdout.
#pragma once

#include <string>

#include "app/key_commands.h"
#include "base/result.h"
#include "store/tools/copy.h"

namespace scorekeeper::app {

// `from`, `to`: a directory and a postgres:// address. An Error: the target is not finished, and
// the same command goes on where this one was broken off.
Result<void> store_copy(const std::string& from, const std::string& to, Format format);

struct CopyResult {
  std::string from;  // without a password
  std::string to;
  store::CopyReport report;
  double seconds = 0;
};
// Text: a line for each table and one for all. JSON: one object in one line.
std::string write_copy_result(const CopyResult& result, Format format);

}  // namespace scorekeeper::app
