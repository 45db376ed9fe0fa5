#include "intake/unknown_rules.h"

#include <algorithm>
#include <string_view>

#include "base/limits.h"

namespace scorekeeper::intake {
namespace {

std::string key_of(OrgId org, std::string_view rule) {
  return std::to_string(org.number) + ' ' + std::string(rule);
}

}  // namespace

void UnknownRules::add(OrgId org, const OutcomeBatch& batch,
                       std::span<const matrix::Resolved> resolved) {
  const Time now = clock_.now();
  Lock lock(mutex_);
  for (std::size_t n = 0; n < resolved.size(); ++n) {
    if (resolved[n].rule) continue;
    if (until_.size() >= unknown_rules_max) {
      std::erase_if(until_, [&](const auto& entry) { return entry.second <= now; });
    }
    if (until_.size() >= unknown_rules_max) return;
    until_[key_of(org, batch.view(batch.results[n].rule_id))] = now + unknown_rule_kept;
  }
}

bool UnknownRules::knows_all(OrgId org, const OutcomeBatch& batch,
                             std::span<const matrix::Resolved> resolved) {
  const Time now = clock_.now();
  Lock lock(mutex_);
  for (std::size_t n = 0; n < resolved.size(); ++n) {
    if (resolved[n].rule) continue;
    const auto found = until_.find(key_of(org, batch.view(batch.results[n].rule_id)));
    if (found == until_.end() || found->second <= now) return false;
  }
  return true;
}

}  // namespace scorekeeper::intake
