// Organisations, their keys and access tokens. Secrets are never here: only their SHA-256.
#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/id.h"
#include "domain/scope.h"

namespace scorekeeper {

using SecretHash = std::array<std::byte, 32>;  // SHA-256 of a high-entropy secret

struct Org {
  OrgId id;
  std::string name;
  Time created_at{};

  bool operator==(const Org&) const = default;
};

// The names are stored: never change them. A new kind needs a line in: org.cpp (name).
enum class KeyKind {
  api,          // which org
  application,  // who, with which scopes; beside an API key
  personal,     // an access token of a person: enough by itself
  service,      // an access token of a program
};
inline constexpr KeyKind all_key_kinds[] = {KeyKind::api, KeyKind::application, KeyKind::personal,
                                            KeyKind::service};
std::string_view name_of(KeyKind kind);
std::optional<KeyKind> parse_key_kind(std::string_view text);
constexpr bool is_token(KeyKind kind) {
  return kind == KeyKind::personal || kind == KeyKind::service;
}

// An API key, an application key or an access token.
struct Key {
  KeyId id;
  OrgId org;
  KeyKind kind = KeyKind::api;
  std::string name;
  std::string owner{};  // of a token: whose it is, as it was told; may be empty
  SecretHash hash{};
  ScopeSet scopes;  // none of API keys; as stored: an unscoped one has ScopeSet::unscoped()
  Time created_at{};
  std::optional<Time> expires_at{};  // tokens only: refused from then on
  std::optional<Time> revoked_at;

  bool operator==(const Key&) const = default;
};

// The sender of a request. Made by auth/ from the credentials; passed down by value.
struct Caller {
  OrgId org;
  KeyId key;  // the application key or token; none for a caller whom an issuer vouches for
  ScopeSet scopes;
  std::string subject{};     // whom the issuer of an access token names (`sub`); empty for keys
  std::string request_id{};  // for the audit log; only where the request changes what it records

  bool operator==(const Caller&) const = default;
};

}  // namespace scorekeeper
