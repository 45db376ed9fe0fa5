// scorekeeper push FILE: makes the outcome of one rule of another tool's report and sends it to a
// running server.
#pragma once

#include <optional>
#include <string>

#include "app/server_calls.h"
#include "base/result.h"
#include "wire/reports.h"

namespace scorekeeper::app {

struct PushOptions {
  std::string file;  // "-" = standard input
  ServerAccess server;
  std::string rule;
  std::string entity;
  std::string format;                  // "junit", "sarif", "openssf"
  std::optional<std::string> fail_on;  // of sarif: "error", "warning", "note"
  std::optional<std::string> check;    // of openssf
  std::optional<double> min_score;     // of openssf
};

// Reads the report. Errors: invalid: of the options; else of the file, which they name.
Result<wire::ReportOutcome> read_report(const PushOptions& options);
// Sends it; the state and the remarks as a line. Errors: those, of the keys, of the server.
Result<std::string> push(const PushOptions& options);

}  // namespace scorekeeper::app
