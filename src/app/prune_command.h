// scorekeeper prune: takes away what changed long ago and was superseded since, beside a running
// server or alone. docs/operations.md, Retention.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "app/key_commands.h"
#include "base/clock.h"
#include "base/result.h"
#include "store/prune.h"

namespace scorekeeper::app {

// "400d" or "36h", at least a day.
Result<std::chrono::seconds> parse_keep(std::string_view text);
// Parses the settings history_keep and audit_keep; empty: for ever.
Result<store::Keep> parse_keeps(std::string_view history, std::string_view audit);

struct PruneOptions {
  std::string store;
  std::string keep;
  std::string audit_keep;          // empty: for ever
  std::optional<std::string> org;  // its name; none: every one
  bool trust_clock = false;        // gaps of a log count in full
  bool dry_run = false;
  Format format = Format::text;
};
// Prints a line for each org.
Result<void> store_prune(const PruneOptions& options, Clock& clock);

}  // namespace scorekeeper::app
