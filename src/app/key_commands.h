// The commands of the command line that write the key tables: they work on a store directory, also
// beside a running server (decisions 3, 33). A pair = an API key and an application key of one
// name.
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

// The only place where secrets are seen after they were made: shown once, never stored.
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

enum class Format { text, json };
std::optional<Format> parse_format(std::string_view text);

// For what the command line makes. `what`: "an org", "a key". Names stand in lists and logs, a line
// each.
Result<void> check_name(std::string_view what, std::string_view name);
Result<Org> find_org(store::KeyStore& store, const std::string& name, Clock& clock);
std::string org_name(const store::Keys& keys, OrgId id);

// What the sub-commands do and print on stdout.
Result<void> key_create(const std::string& store, const std::string& org, const std::string& name,
                        const std::string& scopes, Format format);
Result<void> key_list(const std::string& store, Format format);
Result<void> key_revoke(const std::string& store, std::uint32_t id);
Result<void> org_create(const std::string& store, const std::string& name, Format format);
Result<void> org_list(const std::string& store, Format format);

}  // namespace scorekeeper::app
