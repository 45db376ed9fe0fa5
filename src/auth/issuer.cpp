#include "auth/issuer.h"

#include <algorithm>
#include <utility>

#include "base/limits.h"
#include "domain/text.h"

namespace scorekeeper::auth {
namespace {

Error refused(const char* what) { return make_error(Code::unauthenticated, what); }

std::int64_t whole_seconds(Time time) {
  return std::chrono::floor<std::chrono::seconds>(time).time_since_epoch().count();
}

bool names(const std::vector<std::string>& list, std::string_view wanted) {
  return std::ranges::find(list, wanted) != list.end();
}

// The roles bound what a token may do, and scopes that it names narrow them. Other scopes and roles
// are for other servers.
ScopeSet scopes_of(const AccessToken& token, const IssuerPolicy& policy) {
  ScopeSet scopes;
  for (const auto scope : all_scopes) {
    if (names(token.scopes, name_of(scope))) scopes.add(scope);
  }
  if (policy.role_claim.empty()) return scopes;
  ScopeSet granted;
  for (const auto& [name, role] : policy.roles) {
    if (names(token.roles, name)) granted.add(scopes_of(role));
  }
  return scopes.empty() ? granted : granted.with(scopes);
}

}  // namespace

Issuer::Issuer(IssuerPolicy policy, AskForKeys ask_for_keys)
    : policy_(std::move(policy)), ask_for_keys_(std::move(ask_for_keys)) {}

Result<void> Issuer::check_claims(const AccessToken& token, Time now) const {
  if (token.issuer != policy_.issuer) return refused("iss is not the issuer");
  if (!names(token.audience, policy_.audience)) {
    return refused("aud does not name this server");
  }
  if (!token.expires_at) return refused("exp is missing");
  const auto skew = policy_.clock_skew.count();
  if (whole_seconds(now) - skew >= *token.expires_at) return refused("the token has expired");
  if (token.not_before && whole_seconds(now) + skew < *token.not_before) {
    return refused("the token is not valid yet");
  }
  if (token.subject.empty() || has_control_character(token.subject) ||
      count_characters(token.subject) > subject_characters_max) {
    return refused("sub is missing, too long or has a control character");
  }
  return {};
}

Result<Caller> Issuer::authenticate(const AccessToken& token, Time now) const {
  TRY(check_claims(token, now));
  std::shared_ptr<const PublicKeys> keys;
  Time loaded_at;
  {
    const Lock lock(mutex_);
    keys = keys_;
    loaded_at = loaded_at_;
  }
  if (!keys || now - loaded_at > policy_.keys_kept) {
    ask_for_keys_();
    return make_error(Code::unavailable, "the issuer's keys could not be loaded");
  }
  switch (keys->verify(token)) {
    case Verdict::valid:
      return Caller{.org = policy_.org,
                    .key = {},
                    .scopes = scopes_of(token, policy_),
                    .subject = token.subject};
    case Verdict::invalid:
      return refused("the signature is wrong");
    case Verdict::unknown_key:
      if (ask_for_keys_()) {
        return make_error(Code::unavailable, "the issuer is being asked for its keys");
      }
      return refused("the key is not one of the issuer's");
  }
  return refused("the signature is wrong");
}

void Issuer::replace(std::shared_ptr<const PublicKeys> keys, Time now) {
  const Lock lock(mutex_);
  keys_.swap(keys);
  loaded_at_ = now;
}

}  // namespace scorekeeper::auth
