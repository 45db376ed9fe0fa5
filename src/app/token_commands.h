// The commands of the command line that make, list and revoke access tokens: on a store directory,
// also beside a running server, which honours what they did within a second.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "app/key_commands.h"
#include "base/result.h"
#include "domain/org.h"

namespace scorekeeper::app {

struct TokenOptions {
  std::string store{};
  std::string org = "default";
  std::string name{};
  // nullopt, here and below: the option was not given.
  std::optional<std::string> owner{};  // of a personal token the user of the system, else nobody
  Permission permission{};
  std::optional<std::string> expires_in{};  // "30d"; without it never
  KeyKind kind = KeyKind::personal;
};

// "45s", "90m", "12h", "30d": a whole number of 1 or more and one unit, at most ten years.
Result<std::chrono::seconds> parse_lifetime(std::string_view text);

// The one place where the token is seen: shown once, only its hash is stored.
struct NewToken {
  Org org;
  Key key;
  std::string secret;
};
Result<NewToken> create_token(store::KeyStore& store, const TokenOptions& options, Clock& clock);

// The sub-commands; they print on stdout.
Result<void> token_create(const TokenOptions& options, Format format);
Result<void> token_list(const std::string& store, Format format);
Result<void> token_revoke(const RevokeOptions& options, Format format);

}  // namespace scorekeeper::app
