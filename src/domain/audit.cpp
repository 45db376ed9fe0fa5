#include "domain/audit.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "base/assert.h"
#include "base/limits.h"
#include "base/siphash.h"

namespace scorekeeper {
namespace {

template <class Value>
using Name = std::pair<Value, std::string_view>;

constexpr std::array<Name<AuditAction>, 4> action_names{{
    {AuditAction::created, "created"},
    {AuditAction::updated, "updated"},
    {AuditAction::deleted, "deleted"},
    {AuditAction::revoked, "revoked"},
}};
constexpr std::array<Name<AuditResource>, 8> resource_names{{
    {AuditResource::org, "org"},
    {AuditResource::key, "key"},
    {AuditResource::token, "token"},
    {AuditResource::scorecard, "scorecard"},
    {AuditResource::rule, "rule"},
    {AuditResource::entity, "entity"},
    {AuditResource::kind, "kind"},
    {AuditResource::campaign, "campaign"},
}};
constexpr std::array<Name<AuditActorType>, 3> actor_type_names{{
    {AuditActorType::key, "key"},
    {AuditActorType::subject, "subject"},
    {AuditActorType::command_line, "command_line"},
}};

template <class Names, class Value>
std::string_view find_name(const Names& names, Value value) {
  const auto found = std::ranges::find(names, value, [](const auto& one) { return one.first; });
  return found == names.end() ? std::string_view() : found->second;
}

template <class Value, std::size_t count>
std::optional<Value> find_value(const std::array<Name<Value>, count>& names,
                                std::string_view text) {
  const auto found = std::ranges::find(names, text, [](const auto& one) { return one.second; });
  return found == names.end() ? std::nullopt : std::optional(found->first);
}

// A cut in the middle of a character of UTF-8 would leave text that is none.
std::string_view cut(std::string_view text, std::size_t bytes_max) {
  auto size = std::min(text.size(), bytes_max);
  while (size > 0 && size < text.size() && (static_cast<unsigned char>(text[size]) & 0xc0) == 0x80)
    --size;
  return text.substr(0, size);
}

}  // namespace

std::string_view name_of(AuditAction action) { return find_name(action_names, action); }
std::string_view name_of(AuditResource resource) { return find_name(resource_names, resource); }
std::string_view name_of(AuditActorType type) { return find_name(actor_type_names, type); }

std::optional<AuditAction> parse_audit_action(std::string_view text) {
  return find_value(action_names, text);
}
std::optional<AuditResource> parse_audit_resource(std::string_view text) {
  return find_value(resource_names, text);
}
std::optional<AuditActorType> parse_audit_actor_type(std::string_view text) {
  return find_value(actor_type_names, text);
}

AuditActor actor_of(const Caller& caller) {
  if (caller.key || caller.subject.empty()) {
    return {.type = AuditActorType::key, .id = std::to_string(caller.key.number)};
  }
  return {.type = AuditActorType::subject,
          .id = bounded_audit_value(caller.subject, audit_value_bytes_max)};
}

bool is_actor(const AuditActor& actor, const Caller& caller) {
  const bool somebody = caller.key != KeyId{} || !caller.subject.empty();
  return somebody && actor == actor_of(caller);
}

AuditDifference audit_difference(const AuditFields& before, const AuditFields& after) {
  ASSERT(before.size() == after.size());
  AuditDifference difference;
  for (std::size_t n = 0; n < before.size(); ++n) {
    ASSERT(before[n].name == after[n].name);
    if (before[n].value == after[n].value) continue;
    difference.before.push_back(before[n]);
    difference.after.push_back(after[n]);
  }
  return difference;
}

AuditFields filled(AuditFields fields) {
  std::erase_if(fields, [](const AuditField& field) { return field.value.empty(); });
  return fields;
}

std::string bounded_audit_value(std::string_view text, std::size_t bytes_max) {
  if (text.size() <= bytes_max) return std::string(text);
  return fmt::format("{}… ({} bytes, hash {:016x})", cut(text, bytes_max), text.size(),
                     siphash13({}, text));
}

}  // namespace scorekeeper
