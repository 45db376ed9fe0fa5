// API keys, application keys and access tokens: made, hashed, checked
// (docs/decisions/0008-credentials-and-scopes.md). Secrets have at least 128 bits from the kernel,
// so that a plain SHA-256 keeps them; they are compared in constant time, and never logged.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/mutex.h"
#include "base/result.h"
#include "domain/org.h"

namespace scorekeeper::auth {

SecretHash hash_secret(std::string_view secret);

std::string make_api_key();          // 32 hexadecimal digits
std::string make_application_key();  // 40 hexadecimal digits
// "skpat_" or "sksat_" and 64 hexadecimal digits: 256 bits. The kind must be one of the two tokens.
std::string make_token(KeyKind kind);
// By its prefix alone: whatever begins like a token is looked up as one and nothing else.
bool looks_like_token(std::string_view secret);

// The keys of all orgs in memory: an immutable snapshot that is replaced whole. Any thread.
class KeyRing {
 public:
  void replace(const std::vector<Key>& keys);
  // unauthenticated: no or unknown or revoked keys; forbidden: keys of two orgs. Both secrets must
  // be given; an empty one counts as missing.
  Result<Caller> authenticate(std::string_view api_key, std::string_view application_key) const;
  // A token is enough by itself. unauthenticated: unknown, revoked or expired; forbidden: there is
  // a good API key beside it, which is of another org.
  Result<Caller> authenticate_token(std::string_view token, std::string_view api_key,
                                    Time now) const;
  // The org of an API key alone: for GET /api/v1/validate.
  Result<OrgId> authenticate_api_key(std::string_view api_key) const;

 private:
  struct Snapshot;
  std::shared_ptr<const Snapshot> snapshot() const EXCLUDES(mutex_);

  mutable Mutex mutex_;
  std::shared_ptr<const Snapshot> snapshot_ GUARDED_BY(mutex_);
};

}  // namespace scorekeeper::auth
