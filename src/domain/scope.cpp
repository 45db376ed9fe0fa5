#include "domain/scope.h"

#include <fmt/format.h>

#include <vector>

#include "domain/nearest.h"

namespace scorekeeper {
namespace {

ScopeSet scopes_example() {
  ScopeSet scopes;
  scopes.add(Scope::apm_service_catalog_read);
  scopes.add(Scope::cases_read);
  return scopes;
}

std::string_view trim(std::string_view word) {
  while (word.starts_with(' ')) word.remove_prefix(1);
  while (word.ends_with(' ')) word.remove_suffix(1);
  return word;
}

Result<Scope> parse_scope(std::string_view word) {
  std::vector<std::string_view> known;
  for (const auto scope : all_scopes) {
    if (word == name_of(scope)) return scope;
    known.push_back(name_of(scope));
  }
  return invalid(fmt::format("unknown scope \"{}\"{}; the scopes are {}", word,
                             suggest_nearest(word, known), fmt::join(known, ", ")));
}

}  // namespace

ScopeSet ScopeSet::unscoped() {
  ScopeSet scopes;
  for (const auto scope : {Scope::apm_service_catalog_read, Scope::apm_service_catalog_write,
                           Scope::cases_read, Scope::cases_write}) {
    scopes.add(scope);
  }
  return scopes;
}

ScopeSet ScopeSet::all() {
  ScopeSet scopes;
  for (const auto scope : all_scopes) scopes.add(scope);
  return scopes;
}

std::string_view name_of(Scope scope) {
  switch (scope) {
    case Scope::apm_service_catalog_read:
      return "apm_service_catalog_read";
    case Scope::apm_service_catalog_write:
      return "apm_service_catalog_write";
    case Scope::cases_read:
      return "cases_read";
    case Scope::cases_write:
      return "cases_write";
    case Scope::scorekeeper_outcomes_write:
      return "scorekeeper_outcomes_write";
    case Scope::scorekeeper_exemptions_approve:
      return "scorekeeper_exemptions_approve";
    case Scope::scorekeeper_admin:
      return "scorekeeper_admin";
  }
  return "";
}

Result<ScopeSet> parse_scopes(std::string_view text) {
  if (text.empty()) return ScopeSet();
  return parse_given_scopes(text);
}

Result<ScopeSet> parse_given_scopes(std::string_view text) {
  ScopeSet scopes;
  for (bool more = true; more;) {
    const auto comma = text.find(',');
    const auto word = trim(text.substr(0, comma));
    more = comma != std::string_view::npos;
    if (more) text.remove_prefix(comma + 1);
    if (word.empty()) {
      return invalid("a scope has no name: scopes are names with commas between them, as in " +
                     write_scopes(scopes_example()));
    }
    scopes.add(TRY(parse_scope(word)));
  }
  return scopes;
}

std::string write_scopes(ScopeSet scopes) {
  std::string text;
  const bool writes = scopes.has(Scope::apm_service_catalog_write);
  for (const auto scope : all_scopes) {
    if (!scopes.has(scope)) continue;
    if (writes && scope == Scope::scorekeeper_outcomes_write) continue;
    if (!text.empty()) text += ',';
    text += name_of(scope);
  }
  return text;
}

}  // namespace scorekeeper
