// A change of the catalog on its way to the committer: how it is decided there, and what of it
// waits in the queue. Made by whoever submits it, on any thread; decided on the committer's thread,
// where nothing changes meanwhile and nothing may take long.
#pragma once

#include <cstddef>
#include <functional>
#include <utility>

#include "base/id.h"
#include "base/result.h"
#include "domain/org.h"
#include "domain/precondition.h"
#include "intake/decision.h"
#include "intake/weights.h"

namespace scorekeeper::intake {

// `decide` looks at the state and says what to write, and with which value it is answered, or why
// not.
template <class Value>
struct Change {
  std::function<Result<Decided<Value>>(const Decision&)> decide;
  std::size_t bytes = 0;        // of what `decide` keeps
  Precondition precondition{};  // decided only when it holds

  Change when(Precondition demanded) && {
    bytes += demanded.versions.size() * sizeof(RowId);
    precondition = std::move(demanded);
    return std::move(*this);
  }
};

// A function of decisions with its arguments: bound(decide_remove_rule, id).
template <class Value, class... Parameters, class... Kept>
Change<Value> bound(Result<Decided<Value>> (*decide)(const Decision&, Parameters...),
                    Kept... kept) {
  const std::size_t bytes = (weight_of(kept) + ...);
  return {.decide = [decide, ... kept = std::move(kept)](
                        const Decision& decision) { return decide(decision, kept...); },
          .bytes = bytes};
}

// The same without its value. The change that `decide` returns is written and published, then
// `done` is called, exactly once.
struct CatalogWork {
  Caller caller;
  std::function<Result<CatalogChange>(const Decision&)> decide;
  std::function<void(Result<void>)> done;
  std::size_t bytes = 0;
};

}  // namespace scorekeeper::intake
