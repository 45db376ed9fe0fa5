// Any bytes as the body of a record of outcomes: what is accepted is written back as it was, and
// every change of it is found alone.
#include <cstddef>
#include <cstdint>

#include "base/assert.h"
#include "store/outcome_body.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  namespace store = scorekeeper::store;
  const std::string_view body(reinterpret_cast<const char*>(data), size);
  store::OutcomeBody read;
  const bool accepted = store::read_outcome_body(body, read).has_value();
  std::string text;
  for (std::size_t i = 0; accepted && i < read.changes.size(); ++i) {
    const auto change = store::read_changed_outcome(body, i, text);
    ASSERT(change.has_value() && *change == read.changes[i]);
  }
  if (!accepted) {
    (void)store::read_changed_outcome(body, 3, text);
    return 0;
  }
  store::OutcomeBodyWriter writer;
  for (const auto& entity : read.entities) writer.add(entity);
  for (const auto& change : read.changes) change ? writer.add(*change) : writer.add_gone();
  ASSERT(writer.finish() == body);
  return 0;
}
