#include "domain/catalog_change.h"

#include <type_traits>
#include <utility>

#include "domain/audit_fields.h"

namespace scorekeeper {
namespace {

// The attributes of a thing in the audit log; nullopt: it is not there.
using Told = std::optional<AuditFields>;

std::string id_of(const Org& org) { return std::to_string(org.id.number); }
std::string id_of(const Key& key) { return std::to_string(key.id.number); }
std::string id_of(const Scorecard& scorecard) { return scorecard.id; }
std::string id_of(const CatalogRule& rule) { return rule.rule.id; }
std::string id_of(const CatalogEntity& entity) { return entity.reference; }
std::string id_of(const Kind& kind) { return kind.name; }
std::string id_of(const CatalogCampaign& campaign) { return campaign.campaign.id; }

AuditResource resource_of(const Org& /*org*/) { return AuditResource::org; }
AuditResource resource_of(const Key& key) {
  return is_token(key.kind) ? AuditResource::token : AuditResource::key;
}
AuditResource resource_of(const Scorecard& /*scorecard*/) { return AuditResource::scorecard; }
AuditResource resource_of(const CatalogRule& /*rule*/) { return AuditResource::rule; }
AuditResource resource_of(const CatalogEntity& /*entity*/) { return AuditResource::entity; }
AuditResource resource_of(const Kind& /*kind*/) { return AuditResource::kind; }
AuditResource resource_of(const CatalogCampaign& /*campaign*/) { return AuditResource::campaign; }

Told told_of(const Org& org) { return audit_fields(org); }
Told told_of(const Key& key) { return audit_fields(key); }
Told told_of(const Scorecard& scorecard) { return audit_fields(scorecard); }
Told told_of(const CatalogRule& rule) { return audit_fields(rule.rule, rule.scorecard); }
Told told_of(const Kind& kind) { return audit_fields(kind); }
Told told_of(const CatalogCampaign& campaign) {
  return audit_fields(campaign.campaign, campaign.rule_ids);
}
// An entity that outcomes discovered is not in the audit log until it has a definition: its
// discovery is in the history of outcomes.
Told told_of(const CatalogEntity& entity) {
  return entity.definition ? Told(audit_fields(entity.definition->definition)) : std::nullopt;
}

template <class T>
Told told_of(const std::optional<T>& thing) {
  return thing ? told_of(*thing) : std::nullopt;
}

bool is_there(const std::optional<CatalogEntity>& entity) { return entity && entity->definition; }
template <class T>
bool is_there(const std::optional<T>& thing) {
  return thing.has_value();
}

template <class T>
AuditAction action(const Changed<T>& change) {
  const bool before = is_there(change.before);
  const bool after = is_there(change.after);
  if (before != after) return before ? AuditAction::deleted : AuditAction::created;
  if (!change.before) return AuditAction::created;
  if (!change.after) return AuditAction::deleted;
  if constexpr (std::is_same_v<T, Key>) {
    if (!change.before->revoked_at && change.after->revoked_at) return AuditAction::revoked;
  }
  return AuditAction::updated;
}

template <class T>
const T& thing(const Changed<T>& change) {
  return change.after ? *change.after : *change.before;
}

// Its fields; false: there is nothing to tell.
template <class T>
bool fill(AuditEvent& event, const Changed<T>& change) {
  Told before = told_of(change.before);
  Told after = told_of(change.after);
  if (before && after) {
    auto difference = audit_difference(*before, *after);
    // The event of a revocation has no `before`: that would only say that the key was not revoked.
    if (event.action != AuditAction::revoked) event.before = std::move(difference.before);
    event.after = std::move(difference.after);
    return !event.after.empty();
  }
  if (after) {
    event.after = filled(*std::move(after));
    return true;
  }
  // An entity that was only discovered has an event without fields when it is deleted.
  event.before = filled(std::move(before).value_or(AuditFields()));
  return before || (change.before && !change.after);
}

}  // namespace

ResourceName name_of(const ResourceChange& change) {
  return std::visit(
      [](const auto& typed) {
        return ResourceName{.resource = resource_of(thing(typed)), .id = id_of(thing(typed))};
      },
      change);
}

AuditAction action_of(const ResourceChange& change) {
  return std::visit([](const auto& typed) { return action(typed); }, change);
}

std::vector<AuditEvent> events_of(const CatalogChange& change, const Authorship& by) {
  std::vector<AuditEvent> events;
  events.reserve(change.changes.size());
  for (const ResourceChange& one : change.changes) {
    AuditEvent event;
    event.org = change.org;
    event.at = by.at;
    event.actor = by.actor;
    event.request_id = by.request_id;
    auto name = name_of(one);
    event.action = action_of(one);
    event.resource = name.resource;
    event.resource_id = std::move(name.id);
    const bool tells = std::visit([&](const auto& typed) { return fill(event, typed); }, one);
    if (tells) events.push_back(std::move(event));
  }
  return events;
}

}  // namespace scorekeeper
