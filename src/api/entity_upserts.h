// Definitions of entities on their way to the committer, for all routes that put some.
#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "api/context.h"
#include "api/waiting.h"
#include "domain/entity_definition.h"
#include "domain/precondition.h"

namespace scorekeeper::api {

// An error is sent to the request; then this is not called.
using OnDefined = std::function<void(std::vector<DefinedEntity>)>;

// Reads the definitions that are replaced in the pool for bodies; calls back on the committer's
// thread.
void put_definitions(const Context& context, std::shared_ptr<Waiting> waiting,
                     std::vector<EntityDefinition> definitions, Precondition precondition,
                     OnDefined on_defined);

}  // namespace scorekeeper::api
