// Organisations and their keys. Secrets are never here: only their SHA-256.
#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <string>

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

enum class KeyKind { api, application };

// An API key (which org) or an application key (who, with which scopes).
struct Key {
  KeyId id;
  OrgId org;
  KeyKind kind = KeyKind::api;
  std::string name;
  SecretHash hash{};
  ScopeSet scopes;  // application keys only; as stored: an unscoped key has ScopeSet::unscoped()
  Time created_at{};
  std::optional<Time> revoked_at;

  bool operator==(const Key&) const = default;
};

// Who sends a request. Made by auth/ from the credentials; passed down by value.
struct Caller {
  OrgId org;
  KeyId key;  // the application key or token; none for a caller whom an issuer vouches for
  ScopeSet scopes;
  std::string subject{};     // whom the issuer of an access token names (`sub`); empty for keys
  std::string request_id{};  // for the audit log; only where the request changes what it records

  bool operator==(const Caller&) const = default;
};

}  // namespace scorekeeper
