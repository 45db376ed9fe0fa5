#include "store/definition_schema.h"

#include "json/tree.h"

namespace scorekeeper::store {

bool has_readable_schema(const EntityDefinition& definition) {
  auto schema = definition.schema;
  return json::read_json(schema).has_value();
}

}  // namespace scorekeeper::store
