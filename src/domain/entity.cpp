#include "domain/entity.h"

#include <algorithm>

#include "base/assert.h"
#include "domain/text.h"

namespace scorekeeper {
namespace {

bool is_word(char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); }

// ^[a-z][a-z0-9]*(?:-[a-z0-9]+)*$ once lower-cased.
bool is_kind(std::string_view kind) {
  if (kind.empty() || !(to_lower(kind[0]) >= 'a' && to_lower(kind[0]) <= 'z')) return false;
  bool after_dash = false;
  for (const char c : kind) {
    if (c == '-') {
      if (after_dash) return false;
      after_dash = true;
    } else {
      if (!is_word(to_lower(c))) return false;
      after_dash = false;
    }
  }
  return !after_dash;
}

// [a-z0-9][a-z0-9_.-]* once lower-cased.
bool is_namespace(std::string_view text) {
  return !text.empty() && is_word(to_lower(text[0])) && std::ranges::all_of(text, [](char c) {
    return is_word(to_lower(c)) || c == '_' || c == '.' || c == '-';
  });
}

constexpr std::string_view default_namespace = "default";
constexpr std::string_view folded_prefix = "service:default/";

Error malformed() {
  return invalid("attribute \"entity_reference\" must be of the form \"kind:name\"");
}

}  // namespace

Result<EntityReference> parse_entity_reference(std::string_view text) {
  const auto colon = text.find(':');
  if (colon == std::string_view::npos || has_control_character(text)) return malformed();
  EntityReference reference{
      .kind = text.substr(0, colon), .name_space = default_namespace, .name = {}};
  const auto rest = text.substr(colon + 1);
  const auto slash = rest.find('/');
  if (slash != std::string_view::npos && is_namespace(rest.substr(0, slash))) {
    reference.name_space = rest.substr(0, slash);
    reference.name = rest.substr(slash + 1);
  } else {
    reference.name = rest;
  }
  if (!is_kind(reference.kind) || reference.name.empty()) return malformed();
  return reference;
}

void append_canonical(const EntityReference& reference, std::string& text) {
  for (const char c : reference.kind) text += to_lower(c);
  text += ':';
  for (const char c : reference.name_space) text += to_lower(c);
  text += '/';
  text += reference.name;
}

EntityReference split_canonical(std::string_view canonical) {
  const auto colon = canonical.find(':');
  ASSERT(colon != std::string_view::npos);
  const auto slash = canonical.find('/', colon);
  ASSERT(slash != std::string_view::npos);
  return {.kind = canonical.substr(0, colon),
          .name_space = canonical.substr(colon + 1, slash - colon - 1),
          .name = canonical.substr(slash + 1)};
}

bool has_folded_name(std::string_view canonical) { return canonical.starts_with(folded_prefix); }

bool is_same_entity(std::string_view one, std::string_view other) {
  if (one == other) return true;
  return has_folded_name(one) && has_folded_name(other) && equals_ignoring_case(one, other);
}

std::string fold_reference(std::string_view canonical) {
  std::string folded(canonical);
  if (has_folded_name(canonical)) std::ranges::transform(folded, folded.begin(), to_lower);
  return folded;
}

std::string outcome_id(std::string_view rule_id, std::string_view canonical) {
  const bool short_form = has_folded_name(canonical);
  std::string id(rule_id);
  id += '\\';
  id += short_form ? canonical.substr(folded_prefix.size()) : canonical;
  return id;
}

}  // namespace scorekeeper
