// Configuration of `scorekeeper serve`: flag, then environment (SCOREKEEPER_…), then file (TOML),
// then default. One table of settings drives all four, --help and --print-config. Read once at
// start, by main.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/limits.h"
#include "base/log.h"
#include "base/result.h"
#include "domain/role.h"

namespace scorekeeper::app {

// An issuer of OAuth 2.0 access tokens that vouches for callers. docs/authentication.md.
struct OidcConfig {
  std::string issuer;  // empty: there is none
  std::string audience;
  std::string jwks_url;  // empty: as the issuer's discovery document says
  std::string org = "default";
  std::string role_claim;  // empty: the scopes of its tokens alone count
  std::string role_map;    // "name=role,…"; empty: roles are called as Scorekeeper calls them
  std::uint64_t refresh_seconds = 300;
  std::uint64_t clock_skew_seconds = 60;
  std::uint64_t keys_kept_seconds = 86'400;
};

struct Config {
  std::string listen = "127.0.0.1:8080";
  std::string store = "./scorekeeper-data";
  std::string snapshot_dir;  // of a server on PostgreSQL; empty: it keeps no snapshot
  std::uint64_t snapshot_changes = scorekeeper::snapshot_changes;
  std::string tls_cert;
  std::string tls_key;
  std::string tls_client_ca;
  std::string log_level = "info";
  std::uint64_t workers = 2;
  std::uint64_t query_workers = 3;
  OidcConfig oidc;
  // serve --replace-lost-store: for one start, so that it is not a setting.
  bool replace_lost_store = false;
  bool unauthenticated_is_401 = false;
  bool no_data_counts_as_fail = false;
  // As in "400d"; empty: for ever.
  std::string history_keep;
  std::string audit_keep;
  Limits limits;
};

// One setting in its forms: flag --body-bytes-max, environment SCOREKEEPER_BODY_BYTES_MAX, file key
// body_bytes_max.
struct Setting {
  std::string name;  // snake_case, as the file key
  std::string help;
  std::string group;  // of serve --help: "Server"
  std::string type;   // of its value, as --help names it: "HOST:PORT", "MILLISECONDS"
  // Parses and stores; the Error says what a value must be, without naming the setting.
  std::function<Result<void>(Config&, std::string_view)> set;
  std::function<std::string(const Config&)> get;
  bool text = true;     // printed with quotes
  bool secret = false;  // may hold a password: also NAME_file, and masked by print_config
  // Empty has a meaning that is documented. All others are refused when a flag or a variable leaves
  // them empty: an unset variable of a script must not turn off TLS.
  bool empty_has_meaning = false;
};

const std::vector<Setting>& settings();
inline constexpr std::string_view environment_prefix = "SCOREKEEPER_";
std::string flag_of(const Setting& setting);         // "--body-bytes-max"
std::string environment_of(const Setting& setting);  // "SCOREKEEPER_BODY_BYTES_MAX"
// "SCOREKEEPER_STORE is empty: unset it, or give it a value"
Error empty_variable(std::string_view variable);

// The sources of values. Environment: every variable of the process that starts with SCOREKEEPER_.
struct Sources {
  std::map<std::string, std::string> flags;  // setting name (or name + "_file") -> value
  std::map<std::string, std::string> environment;
  std::string file;  // TOML path; empty = none
};

struct Loaded {
  Config config;
  std::vector<std::string> warnings;  // unknown environment variables
};

// Errors (code invalid) name the source and the setting. Unknown keys of the file are errors, and
// so is a flag or a variable that is empty.
Result<Loaded> load_config(const Sources& sources);
std::map<std::string, std::string> scorekeeper_environment();
// A secret that stands alone in a file, without the line feed at its end.
Result<std::string> read_secret_file(const std::string& path);
// The effective configuration as TOML, passwords masked.
std::string print_config(const Config& config);
// Checks that no flag and no variable is empty, where that has no meaning; by the names of
// settings. Not for the file, where an empty value is written on purpose.
Result<void> check_not_empty(const std::map<std::string, std::string>& flags,
                             const std::map<std::string, std::string>& environment);
// Checks that the settings go together and that the store may be one. load_config() has called it.
Result<void> check_config(const Config& config);
// Checks that the text may name a store: a directory, or an address of a database. Opening it tells
// whether it is one.
Result<void> check_store(const std::string& store);
// The names of roles in the tokens of the issuer: "engineers=reporter,leads=editor".
Result<std::vector<std::pair<std::string, Role>>> parse_role_map(std::string_view text);
// https, or http on this machine: whoever can change what an issuer answers is let in as anybody.
bool is_safe_url(std::string_view url);
// "postgres://user:***@host/db": the password of a URL masked.
std::string mask_password(std::string_view url);

}  // namespace scorekeeper::app
