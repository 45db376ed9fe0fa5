#include "intake/scope_limits.h"

#include <fmt/format.h>

#include <string>
#include <utility>

namespace scorekeeper::intake {
namespace {

Error refuse(std::string detail) {
  Error error = make_error(Code::too_large, std::move(detail));
  error.pointer = "/data/attributes/scope_query";
  return error;
}

}  // namespace

Result<void> check_scopes(const matrix::OrgMatrix& matrix, const Limits& limits, RuleNumber rule,
                          const EntityQuery& scope) {
  const auto size = matrix.scope_size_with(rule, scope);
  const auto present = matrix.scope_size();
  if (size.terms > limits.scope_terms_max && size.terms > present.terms) {
    return refuse(
        fmt::format("the scopes of an organization's rules have at most {} terms (scope_terms_max)",
                    limits.scope_terms_max));
  }
  if (size.wildcards > limits.scope_wildcards_max && size.wildcards > present.wildcards) {
    return refuse(fmt::format(
        "the different wildcards of the scopes of an organization's rules count at most {} "
        "together (scope_wildcards_max): a term with one * or with ? counts 1, a word or a term "
        "with two * counts 10, one with ? between two * counts 20 or more",
        limits.scope_wildcards_max));
  }
  return {};
}

}  // namespace scorekeeper::intake
