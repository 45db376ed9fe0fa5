#include "domain/scope.h"

namespace scorekeeper {

ScopeSet ScopeSet::unscoped() {
  ScopeSet scopes;
  for (const auto scope : all_scopes) {
    if (scope != Scope::scorekeeper_admin) scopes.add(scope);
  }
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
    case Scope::scorekeeper_admin:
      return "scorekeeper_admin";
  }
  return "";
}

Result<ScopeSet> parse_scopes(std::string_view text) {
  ScopeSet scopes;
  while (!text.empty()) {
    const auto comma = text.find(',');
    auto word = text.substr(0, comma);
    text = comma == std::string_view::npos ? std::string_view() : text.substr(comma + 1);
    while (word.starts_with(' ')) word.remove_prefix(1);
    while (word.ends_with(' ')) word.remove_suffix(1);
    if (word.empty()) continue;
    bool known = false;
    for (const auto scope : all_scopes) {
      if (word != name_of(scope)) continue;
      scopes.add(scope);
      known = true;
    }
    if (!known) {
      ScopeSet every = ScopeSet::unscoped();
      every.add(Scope::scorekeeper_admin);
      return invalid("unknown scope \"" + std::string(word) + "\"; known: " + write_scopes(every));
    }
  }
  return scopes;
}

std::string write_scopes(ScopeSet scopes) {
  std::string text;
  for (const auto scope : all_scopes) {
    if (!scopes.has(scope)) continue;
    if (!text.empty()) text += ',';
    text += name_of(scope);
  }
  return text;
}

}  // namespace scorekeeper
