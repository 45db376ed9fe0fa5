// Scopes of credentials: what a caller may do. docs/authentication.md lists them.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace scorekeeper {

// The names are stored: never change them. A new scope needs a line in: scope.cpp (name), role.cpp.
enum class Scope : std::uint8_t {
  apm_service_catalog_read,
  apm_service_catalog_write,
  cases_read,
  cases_write,
  // Scorekeeper extensions.
  scorekeeper_outcomes_write,
  scorekeeper_exemptions_approve,
  scorekeeper_admin,
};
inline constexpr Scope all_scopes[] = {Scope::apm_service_catalog_read,
                                       Scope::apm_service_catalog_write,
                                       Scope::cases_read,
                                       Scope::cases_write,
                                       Scope::scorekeeper_outcomes_write,
                                       Scope::scorekeeper_exemptions_approve,
                                       Scope::scorekeeper_admin};

// A set of scopes; a value. A caller that may write the catalog may report outcomes: with
// apm_service_catalog_write a set has scorekeeper_outcomes_write.
class ScopeSet {
 public:
  ScopeSet() = default;
  // The scopes of a key that names none: all that the public API knows.
  static ScopeSet unscoped();
  static ScopeSet all();

  bool has(Scope scope) const { return (bits_ & bit(scope)) != 0; }
  void add(Scope scope) {
    add_bit(scope);
    if (scope == Scope::apm_service_catalog_write) add_bit(Scope::scorekeeper_outcomes_write);
  }
  void add(ScopeSet other) { bits_ = static_cast<std::uint8_t>(bits_ | other.bits_); }
  // The scopes that both sets have.
  ScopeSet with(ScopeSet other) const {
    ScopeSet both;
    both.bits_ = static_cast<std::uint8_t>(bits_ & other.bits_);
    return both;
  }
  bool empty() const { return bits_ == 0; }
  bool operator==(const ScopeSet&) const = default;

 private:
  static std::uint8_t bit(Scope scope) {
    return static_cast<std::uint8_t>(1U << static_cast<unsigned>(scope));
  }
  void add_bit(Scope scope) { bits_ = static_cast<std::uint8_t>(bits_ | bit(scope)); }
  std::uint8_t bits_ = 0;
};

std::string_view name_of(Scope scope);
// "a,b" as a store keeps it; empty text is the empty set. Spaces around the commas are allowed.
// Error: an unknown name.
Result<ScopeSet> parse_scopes(std::string_view text);
// "a,b" as a person gives it. Error also: no name at all, or none between two commas, as an unset
// variable leaves it.
Result<ScopeSet> parse_given_scopes(std::string_view text);
// In the order of the enum, without those that another one of the set includes.
std::string write_scopes(ScopeSet scopes);

}  // namespace scorekeeper
