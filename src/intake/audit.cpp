#include "intake/audit.h"

#include <utility>

namespace scorekeeper::intake {
namespace {

AuditEvent& add_event(const Decision& decision, store::CatalogChange& change, AuditedThing thing,
                      AuditAction action) {
  AuditEvent& event = change.events.emplace_back();
  event.org = decision.matrix.org();
  event.at = decision.now;
  event.actor = actor_of(decision.caller);
  event.request_id = decision.caller.request_id;
  event.action = action;
  event.resource = thing.type;
  event.resource_id = std::move(thing.id);
  return event;
}

}  // namespace

void record_creation(const Decision& decision, store::CatalogChange& change, AuditedThing thing,
                     AuditFields after) {
  add_event(decision, change, std::move(thing), AuditAction::created).after =
      filled(std::move(after));
}

void record_update(const Decision& decision, store::CatalogChange& change, AuditedThing thing,
                   const AuditFields& before, const AuditFields& after) {
  auto difference = audit_difference(before, after);
  if (difference.empty()) return;
  AuditEvent& event = add_event(decision, change, std::move(thing), AuditAction::updated);
  event.before = std::move(difference.before);
  event.after = std::move(difference.after);
}

void record_deletion(const Decision& decision, store::CatalogChange& change, AuditedThing thing,
                     AuditFields before) {
  add_event(decision, change, std::move(thing), AuditAction::deleted).before =
      filled(std::move(before));
}

}  // namespace scorekeeper::intake
