// A change of an org's catalog as a list of typed changes, each with the thing before and after it:
// what the audit log, the state tables of a store and the matrix are told of it follows from this
// alone. Values; made where a change is decided (intake/), on the committer's thread. Pure.
#pragma once

#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/clock.h"
#include "base/id.h"
#include "domain/audit.h"
#include "domain/campaign.h"
#include "domain/entity_definition.h"
#include "domain/org.h"
#include "domain/rule.h"
#include "domain/scorecard.h"

namespace scorekeeper {

// Created: no `before`. Deleted: no `after`; what is kept of it is in `before`. Updated: both, and
// they differ.
template <class T>
struct Changed {
  std::optional<T> before;
  std::optional<T> after;

  bool operator==(const Changed&) const = default;
};

// A rule with the scorecard that it is in, which readers of the change know by its id and name.
struct CatalogRule {
  Rule rule;
  Scorecard scorecard;

  bool operator==(const CatalogRule&) const = default;
};

// A campaign with the ids of its rules, in their order.
struct CatalogCampaign {
  Campaign campaign;
  std::vector<std::string> rule_ids;

  bool operator==(const CatalogCampaign&) const = default;
};

// An entity that lives. Outcomes discover entities, too: then there is no definition. A definition
// that is deleted alone is `before` with it and `after` without.
struct CatalogEntity {
  EntityNumber number;
  std::string reference;  // canonical, with the spelling that came first
  // When the change discovers the entity or brings it back; else nothing: as the store has it.
  std::optional<Time> discovered_at;
  std::optional<DefinedEntity> definition;

  bool operator==(const CatalogEntity&) const = default;
};

// A new one needs a line in: catalog_change.cpp (event), store/catalog_body.cpp and
// catalog_members.h (record), store/state_rows.h and catalog_rows.cpp (rows),
// intake/catalog_piece.cpp (matrix). Orgs and keys are changed by the command line. A key that is
// revoked is one that is updated.
using ResourceChange =
    std::variant<Changed<Scorecard>, Changed<CatalogRule>, Changed<CatalogEntity>, Changed<Kind>,
                 Changed<CatalogCampaign>, Changed<Org>, Changed<Key>>;

struct CatalogChange {
  OrgId org;
  std::vector<ResourceChange> changes;  // each thing once; empty: nothing changes

  bool operator==(const CatalogChange&) const = default;
};

// The thing that a change is of, as the audit log names it.
struct ResourceName {
  AuditResource resource = AuditResource::rule;
  std::string id;  // of an entity its reference, of a kind its name, of an org or key its number

  bool operator==(const ResourceName&) const = default;
};
ResourceName name_of(const ResourceChange& change);
// As the audit log tells it: of an entity, what happens to its definition.
AuditAction action_of(const ResourceChange& change);

// The author of a change and its time.
struct Authorship {
  AuditActor actor;
  std::string request_id;  // empty: no request
  Time at{};
};

// The events of a change in the audit log: one for each thing, in the order of the changes, except
// for things whose attributes in the audit log are the same before and after.
std::vector<AuditEvent> events_of(const CatalogChange& change, const Authorship& by);

}  // namespace scorekeeper
