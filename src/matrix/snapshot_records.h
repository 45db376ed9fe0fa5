// The members of each thing in the records of a snapshot: `transfer` puts them or gets them, by
// what `bytes` is (SnapshotPut, SnapshotGet). An entity is its number, bool live, bool found (by
// its reference; else another number is, which has it too), version, reference, bool defined, and
// then its attributes if it is.
#pragma once

#include <concepts>
#include <type_traits>

#include "domain/campaign.h"
#include "domain/entity_definition.h"
#include "domain/rule.h"
#include "domain/scorecard.h"
#include "matrix/snapshot_bytes.h"

namespace scorekeeper::matrix {

template <class Value, class Of>
concept Some = std::same_as<std::remove_const_t<Value>, Of>;

template <class Bytes>
void transfer(Bytes& bytes, Some<Rule> auto& rule) {
  bytes(rule.number, rule.id, rule.scorecard, rule.name, rule.description, rule.owner,
        rule.scope_query, rule.enabled, rule.level, rule.created_at, rule.modified_at,
        rule.removed_at_position, rule.version);
}

template <class Bytes>
void transfer(Bytes& bytes, Some<Scorecard> auto& scorecard) {
  bytes(scorecard.number, scorecard.id, scorecard.name, scorecard.description, scorecard.created_at,
        scorecard.modified_at, scorecard.removed, scorecard.version);
}

template <class Bytes>
void transfer(Bytes& bytes, Some<Kind> auto& kind) {
  bytes(kind.name, kind.display_name, kind.description, kind.created_at, kind.modified_at,
        kind.version);
}

template <class Bytes>
void transfer(Bytes& bytes, Some<Campaign> auto& campaign) {
  bytes(campaign.number, campaign.id, campaign.key, campaign.name, campaign.description,
        campaign.owner_id, campaign.entity_scope, campaign.guidance, campaign.rules,
        campaign.status, campaign.start_date, campaign.due_date, campaign.created_at,
        campaign.modified_at, campaign.removed, campaign.version);
}

template <class Bytes>
void transfer(Bytes& bytes, Some<EntityAttributes> auto& attributes) {
  bytes(attributes.owner, attributes.tier, attributes.lifecycle, attributes.type,
        attributes.languages, attributes.tags, attributes.systems);
}

}  // namespace scorekeeper::matrix
