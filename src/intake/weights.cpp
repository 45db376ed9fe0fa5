#include "intake/weights.h"

namespace scorekeeper::intake {
namespace {

template <class... Part>
std::size_t sum_of(const Part&... parts) {
  return (weight_of(parts) + ...);
}

std::size_t weight_of(const Relation& relation) {
  return sizeof(Relation) + relation.type.size() + relation.from.size() + relation.to.size();
}

}  // namespace

std::size_t weight_of(const std::string& text) { return sizeof(text) + text.size(); }

std::size_t weight_of(const RuleFields& fields) {
  return sizeof(fields) + sum_of(fields.name, fields.scorecard_id, fields.scorecard_name,
                                 fields.description, fields.owner, fields.scope_query);
}

std::size_t weight_of(const ScorecardFields& fields) {
  return sizeof(fields) + fields.name.value_or("").size() + fields.description.value_or("").size();
}

std::size_t weight_of(const EntityDefinition& definition) {
  const EntityAttributes& attributes = definition.attributes;
  std::size_t bytes =
      sizeof(definition) +
      sum_of(definition.reference, definition.api_version, definition.display_name,
             definition.description, definition.schema, definition.raw, definition.ingestion_source,
             attributes.owner, attributes.tier, attributes.lifecycle, attributes.type,
             attributes.languages, attributes.tags, attributes.systems);
  for (const Relation& relation : definition.relations) bytes += weight_of(relation);
  return bytes;
}

std::size_t weight_of(const EntityTarget& target) {
  return sizeof(target) + sum_of(target.reference, target.given);
}

std::size_t weight_of(const Kind& kind) {
  return sizeof(kind) + sum_of(kind.name, kind.display_name, kind.description);
}

std::size_t weight_of(const CampaignFields& fields) {
  return sizeof(fields) + sum_of(fields.key, fields.name, fields.description, fields.owner_id,
                                 fields.entity_scope, fields.guidance, fields.rule_ids);
}

}  // namespace scorekeeper::intake
