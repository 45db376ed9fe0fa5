// Authenticates callers with access tokens of an issuer: checks the claims and the signature of its
// JSON Web Tokens (RFC 7519 §7.2, RFC 8725). Owned by app::Service; authenticate() from any thread,
// replace() from the thread that asks the issuer for its keys.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "auth/signatures.h"
#include "base/clock.h"
#include "base/mutex.h"
#include "base/result.h"
#include "domain/access_token.h"
#include "domain/org.h"
#include "domain/role.h"

namespace scorekeeper::auth {

// The name of a role in the tokens of an issuer.
struct NamedRole {
  std::string name;
  Role role = Role::viewer;
};

struct IssuerPolicy {
  std::string issuer;              // `iss` must be it, byte by byte
  std::string audience;            // must be one of `aud`
  OrgId org;                       // of everybody whom it vouches for
  std::string role_claim{};        // the claim that names roles; empty: scopes alone count
  std::vector<NamedRole> roles{};  // by the values of that claim
  std::chrono::seconds clock_skew{60};
  std::chrono::seconds keys_kept{
      86'400};  // how long keys are good that could not be asked for again
};

class Issuer {
 public:
  // Called, from any thread, when a token names a key that is not known. Asks for the keys unless
  // that was done a moment ago; false: it was, the key does not exist.
  using AskForKeys = std::function<bool()>;

  Issuer(IssuerPolicy policy, AskForKeys ask_for_keys);

  // unauthenticated: what is wrong with the token, for the log; unavailable: its key may be one
  // that is being asked for, or no keys could be had. Scopes are Scorekeeper's among the token's,
  // and those of its roles where the policy has a role claim; a token without any may do nothing.
  Result<Caller> authenticate(const AccessToken& token, Time now) const;
  const std::string& role_claim() const { return policy_.role_claim; }

  void replace(std::shared_ptr<const PublicKeys> keys, Time now) EXCLUDES(mutex_);

 private:
  Result<void> check_claims(const AccessToken& token, Time now) const;

  IssuerPolicy policy_;
  AskForKeys ask_for_keys_;
  mutable Mutex mutex_;
  std::shared_ptr<const PublicKeys> keys_ GUARDED_BY(mutex_);
  Time loaded_at_ GUARDED_BY(mutex_){};
};

}  // namespace scorekeeper::auth
