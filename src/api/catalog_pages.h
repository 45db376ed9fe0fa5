// What the handlers of the catalog share: entities read from the store within a bound of memory,
// their public ids, answers that are long to write. Any thread.
#pragma once

#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "api/context.h"
#include "api/waiting.h"
#include "base/result.h"
#include "store/catalog.h"
#include "wire/backstage_references.h"
#include "wire/entities.h"

namespace scorekeeper::api {

// What the definitions of one answer may take, as they are stored.
inline constexpr std::size_t answer_definition_bytes_max = 64 << 20;

std::string entity_id(const Services& services, OrgId org, EntityNumber number);
wire::EntityItem item_of(const Services& services, OrgId org, store::ListedEntity listed);

// A page of entities. too_large: their definitions take more than answer_definition_bytes_max.
Result<std::vector<wire::EntityItem>> read_entities(const Context& context,
                                                    store::EntityListFilter filter);
// The entities of these references that are defined, or known when `include_discovered`; each once.
// The same bound.
Result<std::vector<wire::EntityItem>> find_entities(const Context& context,
                                                    std::span<const std::string> references,
                                                    bool include_discovered);

// For references of Backstage: what the caller's catalog has. Good as long as the context.
wire::FindNamed find_named(const Context& context);

wire::RelationItem item_of(store::ListedRelation listed);

// Makes the answer on a worker; on this thread when all are busy.
void answer_on_worker(std::shared_ptr<Waiting> waiting, std::function<http::Response()> make);

// 204
http::Response respond_nothing();
// OnDone of intake: 204 or the error.
std::function<void(Result<void>)> answer_nothing(std::shared_ptr<Waiting> waiting);

}  // namespace scorekeeper::api
