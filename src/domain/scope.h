// Scopes of credentials: what a caller may do (contract §4.1).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace scorekeeper {

// A new scope needs a line in: scope.cpp (name).
enum class Scope : std::uint8_t {
  apm_service_catalog_read,
  apm_service_catalog_write,
  cases_read,
  cases_write,
  scorekeeper_admin,  // ours: keys, audit, administration
};
inline constexpr Scope all_scopes[] = {Scope::apm_service_catalog_read,
                                       Scope::apm_service_catalog_write, Scope::cases_read,
                                       Scope::cases_write, Scope::scorekeeper_admin};

// A set of scopes; a value.
class ScopeSet {
 public:
  ScopeSet() = default;
  // What a key without scopes may do: everything but scorekeeper_admin (decisions 33).
  static ScopeSet unscoped();

  bool has(Scope scope) const { return (bits_ & bit(scope)) != 0; }
  void add(Scope scope) { bits_ = static_cast<std::uint8_t>(bits_ | bit(scope)); }
  bool empty() const { return bits_ == 0; }
  bool operator==(const ScopeSet&) const = default;

 private:
  static std::uint8_t bit(Scope scope) {
    return static_cast<std::uint8_t>(1U << static_cast<unsigned>(scope));
  }
  std::uint8_t bits_ = 0;
};

std::string_view name_of(Scope scope);
// "a,b": names in the order of the enum. Error: an unknown name, told with the known ones. Spaces
// around the commas are allowed; empty text is the empty set.
Result<ScopeSet> parse_scopes(std::string_view text);
std::string write_scopes(ScopeSet scopes);

}  // namespace scorekeeper
