// Any bytes as the body of a record of outcomes: what is accepted is written back as it was, and
// every change of it is found alone.
#include <cstddef>
#include <cstdint>

#include "base/assert.h"
#include "store/outcome_body.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  namespace store = scorekeeper::store;
  store::LogRecord record;
  record.at = scorekeeper::time_of_seconds(1'790'000'000);
  record.body.assign(reinterpret_cast<const char*>(data), size);
  store::OutcomeBody read;
  const bool accepted = store::read_outcome_body(record, read).has_value();
  std::string text;
  for (std::size_t i = 0; accepted && i < read.changes.size(); ++i) {
    const auto change = store::read_changed_outcome(record.body, record.at, i, text);
    ASSERT(change.has_value() && *change == read.changes[i]);
  }
  if (!accepted) {
    (void)store::read_changed_outcome(record.body, record.at, 3, text);
    return 0;
  }
  store::OutcomeBodyWriter writer(record.at);
  for (const auto& entity : read.entities) writer.add(entity);
  for (const auto& change : read.changes) change ? writer.add(*change) : writer.add_gone();
  ASSERT(writer.finish() == record.body);
  return 0;
}
