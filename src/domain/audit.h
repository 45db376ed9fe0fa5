// The audit log: who changed what in an org, when, and what it was before. Outcomes are not in it:
// they have a history of their own. Values; made where a change is decided, kept by store/, never
// changed afterwards.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/id.h"
#include "domain/org.h"

namespace scorekeeper {

// The names of all three are stored: never change them. A new one needs a line in: audit.cpp
// (name); a new resource also in store/catalog_body.cpp.
enum class AuditAction : std::uint8_t { created, updated, deleted, revoked };
enum class AuditResource : std::uint8_t {
  org,
  key,
  token,
  scorecard,
  rule,
  entity,
  kind,
  campaign
};
enum class AuditActorType : std::uint8_t {
  key,           // an application key or a token; the id is its number
  subject,       // whom an issuer of access tokens names; the id is that name
  command_line,  // a command on the server's machine; the id is the user of the system
};

std::string_view name_of(AuditAction action);
std::string_view name_of(AuditResource resource);
std::string_view name_of(AuditActorType type);
std::optional<AuditAction> parse_audit_action(std::string_view text);
std::optional<AuditResource> parse_audit_resource(std::string_view text);
std::optional<AuditActorType> parse_audit_actor_type(std::string_view text);

struct AuditActor {
  AuditActorType type = AuditActorType::key;
  std::string id;

  bool operator==(const AuditActor&) const = default;
};
AuditActor actor_of(const Caller& caller);
// The same key or person, whatever either may do; nobody is not somebody.
bool is_actor(const AuditActor& actor, const Caller& caller);

// An attribute of a thing as text: numbers in digits, true and false, times of RFC 3339, lists with
// ", " between the items. At most audit_value_bytes_max, see bounded_audit_value().
struct AuditField {
  std::string name;
  std::string value;

  bool operator==(const AuditField&) const = default;
};
using AuditFields = std::vector<AuditField>;

struct AuditEvent {
  AuditNumber number;  // given by the store: 1, 2, 3 … in each org
  OrgId org;
  Time at{};
  AuditActor actor;
  std::string request_id;  // empty: no request
  AuditAction action = AuditAction::created;
  AuditResource resource = AuditResource::rule;
  std::string resource_id;  // as the API names it; of an entity its reference, of a kind its name
  // An update has the attributes that differ, on both sides; a creation has all that are not empty,
  // in `after`; a deletion the same, in `before`.
  AuditFields before;
  AuditFields after;

  bool operator==(const AuditEvent&) const = default;
};

struct AuditDifference {
  AuditFields before;
  AuditFields after;

  bool empty() const { return before.empty() && after.empty(); }
};
// Both have the same names in the same order (audit_fields.h).
AuditDifference audit_difference(const AuditFields& before, const AuditFields& after);
// Without the empty ones.
AuditFields filled(AuditFields fields);

// The text, or when it is longer than `bytes_max` its beginning and what tells it from others:
// "begin… (12345 bytes, hash 0123456789abcdef)". The hash has no key: it proves nothing.
std::string bounded_audit_value(std::string_view text, std::size_t bytes_max);

}  // namespace scorekeeper
