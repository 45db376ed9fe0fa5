#include "domain/catalog_change.h"

#include <utility>

#include "domain/audit_fields.h"

namespace scorekeeper {
namespace {

// What the audit log knows of a thing; nullopt: it is not there.
using Told = std::optional<AuditFields>;

std::string id_of(const Scorecard& scorecard) { return scorecard.id; }
std::string id_of(const CatalogRule& rule) { return rule.rule.id; }
std::string id_of(const CatalogEntity& entity) { return entity.reference; }
std::string id_of(const Kind& kind) { return kind.name; }
std::string id_of(const CatalogCampaign& campaign) { return campaign.campaign.id; }

constexpr AuditResource resource_of(const Scorecard* /*type*/) { return AuditResource::scorecard; }
constexpr AuditResource resource_of(const CatalogRule* /*type*/) { return AuditResource::rule; }
constexpr AuditResource resource_of(const CatalogEntity* /*type*/) { return AuditResource::entity; }
constexpr AuditResource resource_of(const Kind* /*type*/) { return AuditResource::kind; }
constexpr AuditResource resource_of(const CatalogCampaign* /*type*/) {
  return AuditResource::campaign;
}

Told told_of(const Scorecard& scorecard) { return audit_fields(scorecard); }
Told told_of(const CatalogRule& rule) { return audit_fields(rule.rule, rule.scorecard); }
Told told_of(const Kind& kind) { return audit_fields(kind); }
Told told_of(const CatalogCampaign& campaign) {
  return audit_fields(campaign.campaign, campaign.rule_ids);
}
// What outcomes discover is history of the ledger: to the audit log it is there once it is defined.
Told told_of(const CatalogEntity& entity) {
  return entity.definition ? Told(audit_fields(entity.definition->definition)) : std::nullopt;
}

template <class T>
Told told_of(const std::optional<T>& thing) {
  return thing ? told_of(*thing) : std::nullopt;
}

// Its action and fields; false: there is nothing to tell.
template <class T>
bool fill(AuditEvent& event, const Changed<T>& change) {
  Told before = told_of(change.before);
  Told after = told_of(change.after);
  if (before && after) {
    auto difference = audit_difference(*before, *after);
    event.action = AuditAction::updated;
    event.before = std::move(difference.before);
    event.after = std::move(difference.after);
    return !event.before.empty() || !event.after.empty();
  }
  if (after) {
    event.action = AuditAction::created;
    event.after = filled(*std::move(after));
    return true;
  }
  // An entity that was only discovered has an event without fields when it is deleted.
  event.action = AuditAction::deleted;
  event.before = filled(std::move(before).value_or(AuditFields()));
  return before || (change.before && !change.after);
}

template <class T>
bool fill_event(AuditEvent& event, const Changed<T>& change) {
  event.resource = resource_of(static_cast<const T*>(nullptr));
  event.resource_id = id_of(change.after ? *change.after : *change.before);
  return fill(event, change);
}

}  // namespace

std::vector<AuditEvent> events_of(const CatalogChange& change, const Authorship& by) {
  std::vector<AuditEvent> events;
  events.reserve(change.changes.size());
  for (const ResourceChange& one : change.changes) {
    AuditEvent event;
    event.org = change.org;
    event.at = by.at;
    event.actor = by.actor;
    event.request_id = by.request_id;
    const bool tells = std::visit([&](const auto& typed) { return fill_event(event, typed); }, one);
    if (tells) events.push_back(std::move(event));
  }
  return events;
}

}  // namespace scorekeeper
