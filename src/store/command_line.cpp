#include "store/command_line.h"

#include <pwd.h>
#include <unistd.h>

#include <array>

#include "base/utf8.h"
#include "domain/audit_fields.h"

namespace scorekeeper::store {
namespace {

AuditResource resource_of(KeyKind kind) {
  return is_token(kind) ? AuditResource::token : AuditResource::key;
}

// What a command does to the org or key of that id.
AuditEvent event_of(OrgId org, Time at, AuditResource resource, std::uint32_t id) {
  return {.number = {},
          .org = org,
          .at = at,
          .actor = command_line_actor(),
          .request_id = {},
          .action = AuditAction::created,
          .resource = resource,
          .resource_id = std::to_string(id),
          .before = {},
          .after = {}};
}

Error no_such(const char* thing, std::uint32_t id) {
  return make_error(Code::not_found, std::string("no such ") + thing + ": " + std::to_string(id));
}

}  // namespace

AuditActor command_line_actor() {
  AuditActor actor{.type = AuditActorType::command_line, .id = std::to_string(::getuid())};
  std::array<char, 4'096> memory{};
  passwd entry{};
  passwd* found = nullptr;
  const int code = ::getpwuid_r(::getuid(), &entry, memory.data(), memory.size(), &found);
  if (code == 0 && found != nullptr && is_utf8(found->pw_name)) actor.id = found->pw_name;
  return actor;
}

AuditEvent creation_of(const Org& org) {
  AuditEvent event = event_of(org.id, org.created_at, AuditResource::org, org.id.number);
  event.after = filled(audit_fields(org));
  return event;
}

AuditEvent creation_of(const Key& key) {
  AuditEvent event = event_of(key.org, key.created_at, resource_of(key.kind), key.id.number);
  event.after = filled(audit_fields(key));
  return event;
}

AuditEvent revocation_of(const Key& key, Time now) {
  AuditEvent event = event_of(key.org, now, resource_of(key.kind), key.id.number);
  event.action = AuditAction::revoked;
  event.after = {{.name = "revoked_at", .value = rfc3339(now)}};
  return event;
}

Error org_exists(const std::string& name) {
  return make_error(Code::conflict, "the org exists already: " + name);
}
Error org_not_found(OrgId org) { return no_such("org", org.number); }
Error key_not_found(KeyId key) { return no_such("key", key.number); }
Error no_store(const std::string& place) {
  return make_error(Code::not_found, "there is no store in " + place +
                                         "; `scorekeeper serve` makes one. Check --store");
}

}  // namespace scorekeeper::store
