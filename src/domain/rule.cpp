#include "domain/rule.h"

#include <fmt/format.h>

#include "base/siphash.h"
#include "domain/entity_query.h"
#include "domain/text.h"

namespace scorekeeper {
namespace {

Result<void> check_length(std::string_view name, std::string_view text,
                          std::size_t characters_max) {
  if (count_characters(text) <= characters_max) return {};
  return invalid(
      fmt::format("attribute \"{}\" must have at most {} characters", name, characters_max),
      fmt::format("/data/attributes/{}", name));
}

// Empty ones are told as missing.
Result<void> check_not_blank(std::string_view name, std::string_view text) {
  if (text.empty() || !is_blank(text)) return {};
  return invalid(fmt::format("attribute \"{}\" must not be blank", name),
                 fmt::format("/data/attributes/{}", name));
}

Result<void> check_scope_query(std::string_view text, const Limits& limits) {
  auto query = EntityQuery::parse(text, "scope_query", limits.query_terms_max);
  if (query) return {};
  query.error().pointer = "/data/attributes/scope_query";
  return std::move(query).error();
}

// Longer texts are not repeated in a warning.
constexpr std::size_t quoted_characters_max = 200;

constexpr std::string_view with_definition = "has_definition:\"true\"";

}  // namespace

// Errors that the original answers, too, have no source, as there; the others have one.
Result<void> check(const RuleFields& fields, const Limits& limits) {
  if (fields.name.empty()) return invalid("attribute \"name\" is required");
  if (fields.scorecard_name.empty() && fields.scorecard_id.empty()) {
    return invalid("attribute \"scorecard_name\" is required");
  }
  const int level = fields.level.value_or(level_max);
  if (level < level_min || level > level_max) {
    return invalid(fmt::format("attribute \"level\" must be from {} to {}", level_min, level_max),
                   "/data/attributes/level");
  }
  TRY(check_not_blank("name", fields.name));
  TRY(check_not_blank("scorecard_name", fields.scorecard_name));
  TRY(check_length("name", fields.name, limits.name_characters_max));
  TRY(check_length("scorecard_name", fields.scorecard_name, limits.name_characters_max));
  TRY(check_length("scorecard_id", fields.scorecard_id, limits.name_characters_max));
  TRY(check_length("owner", fields.owner, limits.name_characters_max));
  TRY(check_length("description", fields.description, limits.description_characters_max));
  TRY(check_length("scope_query", fields.scope_query, limits.description_characters_max));
  return check_scope_query(fields.scope_query, limits);
}

std::vector<std::string> list_losses(const Rule& before, const RuleFields& fields) {
  std::vector<std::string> losses;
  const auto tell = [&](std::string_view attribute, const std::string& what) {
    losses.push_back(
        fmt::format("attribute \"{}\" {}: the request does not contain it, and PUT replaces the "
                    "whole rule",
                    attribute, what));
  };
  const auto tell_removal = [&](std::string_view attribute, const std::string& had,
                                const std::string& given) {
    if (had.empty() || !given.empty()) return;
    tell(attribute, count_characters(had) > quoted_characters_max
                        ? "was removed"
                        : fmt::format("was removed (it was \"{}\")", had));
  };
  tell_removal("scope_query", before.scope_query, fields.scope_query);
  tell_removal("owner", before.owner, fields.owner);
  tell_removal("description", before.description, fields.description);
  if (!fields.level && before.level != level_max) {
    tell("level", fmt::format("was reset from {} to {}", before.level, level_max));
  }
  if (!fields.enabled && !before.enabled) tell("enabled", "was reset from false to true");
  return losses;
}

bool is_unscoped(std::string_view scope_query) {
  return scope_query.find_first_not_of(" \t\r\n") == std::string_view::npos;
}

std::vector<PolicyScope> policy_scopes(const std::string& scope_query) {
  const std::string with(with_definition);
  if (scope_query.starts_with("kind:") &&
      scope_query.find_first_of(" \"()*:", 5) == std::string::npos && scope_query.size() > 5) {
    return {{.kind = scope_query.substr(5), .query = with}};
  }
  const std::string query = is_unscoped(scope_query) ? with : with + " " + scope_query;
  std::vector<PolicyScope> scopes;
  for (const auto kind : unscoped_kinds) {
    scopes.push_back({.kind = std::string(kind), .query = query});
  }
  return scopes;
}

// The recorded ids are version 5 UUIDs of an unknown namespace, which no client reads: ours have
// that shape and depend on the query alone, but hash with SipHash, so that domain/ needs no SHA-1.
std::string entity_scope_id(const std::string& scope_query) {
  const auto high = siphash13({0x73636f72656b6565U, 0x7065722d73636f70U}, scope_query);
  const auto low = siphash13({0x652d717565727931U, 0x656e746974792d73U}, scope_query);
  return fmt::format("{:08x}-{:04x}-5{:03x}-{:04x}-{:012x}", high >> 32, (high >> 16) & 0xffff,
                     high & 0xfff, 0x8000 | ((low >> 48) & 0x3fff), low & 0xffff'ffff'ffffU);
}

Error rule_not_found(const std::string& id) {
  return make_error(Code::not_found, "rule not found: " + id);
}

Error unknown_rule_id() {
  Error error = make_error(Code::conflict, {});
  error.title = "Invalid rule_id";
  return error;
}

}  // namespace scorekeeper
