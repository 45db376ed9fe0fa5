#include "auth/keys.h"

#include <openssl/evp.h>

#include <algorithm>
#include <cstring>
#include <optional>
#include <span>
#include <utility>

#include "base/assert.h"
#include "base/constant_time.h"
#include "base/random.h"

namespace scorekeeper::auth {
namespace {

struct FreeDigest {
  void operator()(EVP_MD* digest) const { EVP_MD_free(digest); }
};

// Fetched once: a fetch by name costs more than the hash of a key.
const EVP_MD* sha256() {
  static const std::unique_ptr<EVP_MD, FreeDigest> digest(EVP_MD_fetch(nullptr, "SHA256", nullptr));
  ASSERT(digest != nullptr);
  return digest.get();
}

// A key that may come in. Keys are looked up by the first bytes of their hash and compared whole.
struct LiveKey {
  std::uint64_t prefix = 0;
  SecretHash hash{};
  OrgId org;
  KeyId id;
  ScopeSet scopes;
  std::optional<Time> expires_at;
};

constexpr std::string_view personal_prefix = "skpat_";
constexpr std::string_view service_prefix = "sksat_";

std::uint64_t prefix_of(const SecretHash& hash) {
  std::uint64_t prefix = 0;
  std::memcpy(&prefix, hash.data(), sizeof prefix);
  return prefix;
}

const LiveKey* find_key(std::span<const LiveKey> keys, std::string_view secret) {
  const auto hash = hash_secret(secret);
  for (const auto& key : std::ranges::equal_range(keys, prefix_of(hash), {}, &LiveKey::prefix)) {
    if (equal_in_constant_time(key.hash, hash)) return &key;
  }
  return nullptr;
}

// The detail is for the log: the client is not told which half was wrong.
Error not_authenticated(std::string detail) {
  return make_error(Code::unauthenticated, std::move(detail));
}
Error of_two_orgs(KeyId one, KeyId other) {
  return make_error(Code::forbidden, "keys " + std::to_string(one.number) + " and " +
                                         std::to_string(other.number) + " are of two orgs");
}

}  // namespace

SecretHash hash_secret(std::string_view secret) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> bytes{};
  unsigned length = 0;
  ASSERT(EVP_Digest(secret.data(), secret.size(), bytes.data(), &length, sha256(), nullptr) == 1);
  SecretHash hash{};
  ASSERT(length == hash.size());
  std::memcpy(hash.data(), bytes.data(), hash.size());
  return hash;
}

std::string make_api_key() { return random_hex(16); }

std::string make_application_key() { return random_hex(20); }

std::string make_token(KeyKind kind) {
  ASSERT(is_token(kind));
  return std::string(kind == KeyKind::personal ? personal_prefix : service_prefix) + random_hex(32);
}

bool looks_like_token(std::string_view secret) {
  return secret.starts_with(personal_prefix) || secret.starts_with(service_prefix);
}

// Each list by prefix; revoked keys are in one of their own, from which none comes in.
struct KeyRing::Snapshot {
  std::vector<LiveKey> api;
  std::vector<LiveKey> application;
  std::vector<LiveKey> tokens;
  std::vector<LiveKey> revoked;

  // `what`: "API key".
  Error refuse(const char* what, std::string_view secret) const {
    const auto* const key = find_key(revoked, secret);
    if (key == nullptr) return not_authenticated("unknown " + std::string(what));
    return not_authenticated(what + (" " + std::to_string(key->id.number)) + " is revoked");
  }

  std::vector<LiveKey>& list_of(KeyKind kind) {
    if (is_token(kind)) return tokens;
    return kind == KeyKind::api ? api : application;
  }
};

void KeyRing::replace(const std::vector<Key>& keys) {
  auto made = std::make_shared<Snapshot>();
  for (const auto& key : keys) {
    auto& list = key.revoked_at ? made->revoked : made->list_of(key.kind);
    list.push_back({.prefix = prefix_of(key.hash),
                    .hash = key.hash,
                    .org = key.org,
                    .id = key.id,
                    .scopes = key.scopes,
                    .expires_at = key.expires_at});
  }
  for (auto* const list : {&made->api, &made->application, &made->tokens, &made->revoked}) {
    std::ranges::sort(*list, {}, &LiveKey::prefix);
  }
  std::shared_ptr<const Snapshot> old = std::move(made);
  const Lock lock(mutex_);
  snapshot_.swap(old);
}

std::shared_ptr<const KeyRing::Snapshot> KeyRing::snapshot() const {
  const Lock lock(mutex_);
  return snapshot_;
}

Result<Caller> KeyRing::authenticate(std::string_view api_key,
                                     std::string_view application_key) const {
  const auto keys = snapshot();
  if (!keys || api_key.empty() || application_key.empty()) return not_authenticated("no keys");
  const auto* const api = find_key(keys->api, api_key);
  const auto* const application = find_key(keys->application, application_key);
  if (api == nullptr) return keys->refuse("API key", api_key);
  if (application == nullptr) return keys->refuse("application key", application_key);
  if (api->org != application->org) return of_two_orgs(api->id, application->id);
  return Caller{.org = application->org, .key = application->id, .scopes = application->scopes};
}

Result<Caller> KeyRing::authenticate_token(std::string_view token, std::string_view api_key,
                                           Time now) const {
  const auto keys = snapshot();
  if (!keys || token.empty()) return not_authenticated("no token");
  const auto* const found = find_key(keys->tokens, token);
  if (found == nullptr) return keys->refuse("token", token);
  if (found->expires_at && now >= *found->expires_at) {
    return not_authenticated("token " + std::to_string(found->id.number) + " has expired");
  }
  const auto* const api = api_key.empty() ? nullptr : find_key(keys->api, api_key);
  if (api != nullptr && api->org != found->org) return of_two_orgs(api->id, found->id);
  return Caller{.org = found->org, .key = found->id, .scopes = found->scopes};
}

Result<OrgId> KeyRing::authenticate_api_key(std::string_view api_key) const {
  const auto keys = snapshot();
  if (!keys || api_key.empty()) return not_authenticated("no API key");
  const auto* const api = find_key(keys->api, api_key);
  if (api == nullptr) return keys->refuse("API key", api_key);
  return api->org;
}

}  // namespace scorekeeper::auth
