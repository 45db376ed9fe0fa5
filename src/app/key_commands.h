// The commands of the command line that write the key tables: they work on a store that exists,
// also beside a running server. A pair = an API key and an application key that were made together.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/result.h"
#include "domain/org.h"
#include "domain/scope.h"
#include "store/catalog.h"

namespace scorekeeper::app {

struct KeyPairOptions {
  Org org;
  std::string name;
  std::optional<ScopeSet> scopes;  // nullopt = ScopeSet::unscoped()
};

// A new pair with its secrets, which are shown once and never stored. No other type has them.
struct KeyPair {
  Org org;
  Key api;
  Key application;
  std::string api_secret;
  std::string application_secret;
};

Result<KeyPair> create_key_pair(store::KeyStore& store, const KeyPairOptions& options,
                                Clock& clock);
// One JSON object in one line: api_key, application_key, api_key_id, application_key_id, name, org,
// scopes.
std::string write_key_pair(const KeyPair& pair);

// The permissions that a key or token is to have. nullopt: the option was not given, which is not
// the same as an empty one.
struct Permission {
  std::optional<std::string> role{};
  std::optional<std::string> scopes{};  // "a,b"
};
// Returns the scopes of the role, or the given scopes, or the intersection of both; if neither is
// given, all scopes of the public API. Error: an unknown or empty name, or an empty intersection.
Result<ScopeSet> parse_permission(const Permission& permission);

enum class Format { text, json };
std::optional<Format> parse_format(std::string_view text);

// Checks the name of a new thing; `what`: "an org", "a key". Lists and logs show a name in one
// line.
Result<void> check_name(std::string_view what, std::string_view name);
// Quotes a text so that a shell reads it as one word: 'a b'.
std::string quote_for_shell(std::string_view word);
// The option " --store DIR" for a command that the user may copy; empty for the default store.
std::string store_words(const std::string& store);
Result<Org> find_org(store::KeyStore& store, const std::string& name);
std::string org_name(const store::Keys& keys, OrgId id);

struct KeyOptions {
  std::string store{};
  std::string org = "default";
  std::string name{};
  Permission permission{};
};
struct RevokeOptions {
  std::string store{};
  std::string id{};   // as it was given
  bool pair = false;  // the other key of its pair too
};
// Parses a number as lists show it. `what`: "key".
Result<std::uint32_t> parse_id(std::string_view what, std::string_view text);

// The sub-commands; they print on stdout.
Result<void> key_create(const KeyOptions& options, Format format);
Result<void> key_list(const std::string& store, Format format);
Result<void> key_revoke(const RevokeOptions& options, Format format);
Result<void> org_create(const std::string& store, const std::string& name, Format format);
Result<void> org_list(const std::string& store, Format format);

}  // namespace scorekeeper::app
