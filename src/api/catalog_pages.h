// Functions that the handlers of the catalog share: entities read from the store within a bound of
// memory, their public ids, answers that are long to write. Any thread.
#pragma once

#include <functional>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "api/context.h"
#include "api/waiting.h"
#include "base/result.h"
#include "base/work_budget.h"
#include "store/catalog.h"
#include "wire/backstage_references.h"
#include "wire/entities.h"

namespace scorekeeper::api {

// The most bytes of stored definitions in one answer.
inline constexpr std::size_t answer_definition_bytes_max = 64 << 20;

std::string entity_id(const Services& services, OrgId org, EntityNumber number);
wire::EntityItem item_of(const Services& services, OrgId org, store::ListedEntity listed);

// The error of a page whose definitions are too long (too_large).
Error too_long_page();
// The error of a budget that has stopped, for a page of definitions: out of steps is
// too_long_page().
Result<void> check_budget(const WorkBudget& budget);

// In the order of the numbers. too_large: their definitions take more than
// answer_definition_bytes_max.
Result<std::vector<wire::EntityItem>> read_entities(const Context& context,
                                                    const store::EntitySelection& selection,
                                                    WorkBudget& budget);
// A page of entities. The same bound.
Result<std::vector<wire::EntityItem>> list_entities(const Context& context,
                                                    const EntityListFilter& filter, bool raw,
                                                    WorkBudget& budget);
// The entities of these references that are defined, or known when `include_discovered`; each once,
// found by the matrix. The same bound.
Result<std::vector<wire::EntityItem>> find_entities(const Context& context,
                                                    std::span<const std::string> references,
                                                    bool include_discovered, WorkBudget& budget);

// For references of Backstage: what the caller's catalog has. Good as long as the context. Error:
// the client is gone.
wire::FindNamed find_named(const Context& context);

// Gives the ends the spelling that their entities have.
void respell(const Context& context, Relation& relation);

// Makes the answer on a worker; on this thread when all are busy.
void answer_on_worker(std::shared_ptr<Waiting> waiting, std::function<http::Response()> make);

// 204
http::Response respond_nothing();
// The answer to a change whose value is not told: 204 or the error.
inline auto answer_nothing(std::shared_ptr<Waiting> waiting) {
  return [waiting = std::move(waiting)](const auto& done) {
    if (!done) return waiting->fail(done.error());
    waiting->answer(respond_nothing());
  };
}

}  // namespace scorekeeper::api
