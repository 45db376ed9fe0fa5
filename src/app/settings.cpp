// The table of settings (config.h).
#include <fmt/format.h>

#include <charconv>
#include <system_error>

#include "app/config.h"
#include "app/prune_command.h"
#include "http/listener.h"

namespace scorekeeper::app {
namespace {

Result<std::uint64_t> parse_number(std::string_view text, std::uint64_t lowest,
                                   std::uint64_t highest) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || value < lowest ||
      value > highest) {
    return invalid(fmt::format("must be a whole number from {} to {}", lowest, highest));
  }
  return value;
}

Result<bool> parse_flag(std::string_view text) {
  if (text == "true") return true;
  if (text == "false") return false;
  return invalid("must be true or false");
}

Setting text_setting(std::string name, std::string help, std::string Config::* member,
                     const char* type) {
  return Setting{.name = std::move(name),
                 .help = std::move(help),
                 .group = {},
                 .type = type,
                 .set = [member](Config& config, std::string_view text) -> Result<void> {
                   config.*member = text;
                   return {};
                 },
                 .get = [member](const Config& config) { return config.*member; }};
}

// Empty: for ever.
Setting keep_setting(std::string name, std::string help, std::string Config::* member) {
  Setting setting = text_setting(std::move(name), std::move(help), member, "DURATION");
  setting.empty_has_meaning = true;
  setting.set = [member](Config& config, std::string_view text) -> Result<void> {
    if (!text.empty()) TRY(parse_keep(text));
    config.*member = text;
    return {};
  };
  return setting;
}

Setting flag_setting(std::string name, std::string help, bool Config::* member) {
  return Setting{
      .name = std::move(name),
      .help = std::move(help),
      .group = {},
      .type = "true|false",
      .set = [member](Config& config, std::string_view text) -> Result<void> {
        config.*member = TRY(parse_flag(text));
        return {};
      },
      .get =
          [member](const Config& config) { return std::string(config.*member ? "true" : "false"); },
      .text = false};
}

// `access` gives a reference to the number, in a Config or a const Config.
template <class Access>
Setting number_setting(const std::string& name, const std::string& help, Access access,
                       std::uint64_t lowest, std::uint64_t highest) {
  return Setting{.name = name,
                 .help = help,
                 .group = {},
                 .type = "NUMBER",
                 .set = [=](Config& config, std::string_view text) -> Result<void> {
                   auto& value = access(config);
                   value = static_cast<std::remove_reference_t<decltype(value)>>(
                       TRY(parse_number(text, lowest, highest)));
                   return {};
                 },
                 .get = [=](const Config& config) { return fmt::format("{}", access(config)); },
                 .text = false};
}

template <class Access>
Setting milliseconds_setting(const std::string& name, const std::string& help, Access access) {
  return Setting{
      .name = name,
      .help = help,
      .group = {},
      .type = "MILLISECONDS",
      .set = [=](Config& config, std::string_view text) -> Result<void> {
        access(config) = std::chrono::milliseconds(
            static_cast<std::int64_t>(TRY(parse_number(text, 1, 86'400'000))));
        return {};
      },
      .get = [=](const Config& config) { return fmt::format("{}", access(config).count()); },
      .text = false};
}

#define MEMBER(name) [](auto& config) -> auto& { return config.name; }
#define LIMIT(name) MEMBER(limits.name)

void add_server_settings(std::vector<Setting>& table) {
  auto listen = text_setting("listen", "address to listen on, HOST:PORT; port 0 = any free one",
                             &Config::listen, "HOST:PORT");
  listen.set = [](Config& config, std::string_view text) -> Result<void> {
    const auto address = http::parse_address(std::string(text));
    if (!address) return invalid("is wrong: " + address.error().detail);
    config.listen = text;
    return {};
  };
  table.push_back(std::move(listen));
  auto store = text_setting("store", "directory of the embedded store, or postgres:// address",
                            &Config::store, "STORE");
  store.secret = true;
  table.push_back(std::move(store));
  table.push_back(text_setting("snapshot_dir", "directory for the snapshot of a postgres:// store",
                               &Config::snapshot_dir, "DIR"));
  table.push_back(number_setting("snapshot_changes", "changes after which a snapshot is written",
                                 MEMBER(snapshot_changes), 1, 1'000'000'000'000));
  table.push_back(text_setting("tls_cert", "PEM file of the certificate chain; with tls_key: TLS",
                               &Config::tls_cert, "FILE"));
  table.push_back(text_setting("tls_key", "PEM file of the certificate's private key",
                               &Config::tls_key, "FILE"));
  table.push_back(text_setting("tls_client_ca",
                               "PEM file of the CAs whose certificates clients must show",
                               &Config::tls_client_ca, "FILE"));
  table.push_back(number_setting("workers",
                                 "threads for large bodies and definitions; see query_workers",
                                 MEMBER(workers), 1, 64));
  table.push_back(number_setting("query_workers",
                                 "threads that answer queries; one org uses at most all but one",
                                 MEMBER(query_workers), 2, 64));
  table.push_back(Setting{.name = "log_level",
                          .help = "lowest level that is logged",
                          .group = {},
                          .type = "debug|info|warning|error",
                          .set = [](Config& config, std::string_view text) -> Result<void> {
                            if (!log::parse_level(text))
                              return invalid("must be debug, info, warning or error");
                            config.log_level = text;
                            return {};
                          },
                          .get = [](const Config& config) { return config.log_level; }});
  table.push_back(flag_setting("unauthenticated_is_401",
                               "answer missing keys with 401 in place of 403",
                               &Config::unauthenticated_is_401));
  table.push_back(flag_setting("no_data_counts_as_fail",
                               "count rules that were not reported for an entity as failing",
                               &Config::no_data_counts_as_fail));
  table.push_back(keep_setting(
      "history_keep", "how long the log keeps superseded outcomes, as in 400d; empty = for ever",
      &Config::history_keep));
  table.push_back(keep_setting("audit_keep",
                               "the same of the catalog, not below history_keep; empty = for ever",
                               &Config::audit_keep));
}

// A member of Config::oidc.
Setting oidc_setting(std::string name, std::string help, std::string OidcConfig::* member) {
  const bool url = name.ends_with("_url") || name.ends_with("_issuer");
  return Setting{.name = std::move(name),
                 .help = std::move(help),
                 .group = {},
                 .type = url ? "URL" : "TEXT",
                 .set = [member](Config& config, std::string_view text) -> Result<void> {
                   config.oidc.*member = text;
                   return {};
                 },
                 .get = [member](const Config& config) { return config.oidc.*member; }};
}

void add_oidc_settings(std::vector<Setting>& table) {
  table.push_back(oidc_setting("oidc_issuer", "URL of an issuer whose access tokens are accepted",
                               &OidcConfig::issuer));
  table.push_back(
      oidc_setting("oidc_audience", "audience that its tokens must be for", &OidcConfig::audience));
  auto keys =
      oidc_setting("oidc_jwks_url", "URL of its keys; empty = as its discovery document says",
                   &OidcConfig::jwks_url);
  keys.empty_has_meaning = true;
  table.push_back(std::move(keys));
  table.push_back(
      oidc_setting("oidc_org", "org of all callers that have its tokens", &OidcConfig::org));
  auto claim = oidc_setting("oidc_role_claim",
                            "claim that names roles, as in roles or /realm_access/roles; empty = "
                            "the scopes of its tokens alone count",
                            &OidcConfig::role_claim);
  claim.empty_has_meaning = true;
  table.push_back(std::move(claim));
  auto roles = oidc_setting("oidc_role_map",
                            "roles of the claim's values, as in engineers=reporter,leads=editor; "
                            "empty = the values are names of roles",
                            &OidcConfig::role_map);
  roles.empty_has_meaning = true;
  roles.set = [](Config& config, std::string_view text) -> Result<void> {
    if (!text.empty()) TRY(parse_role_map(text));
    config.oidc.role_map = text;
    return {};
  };
  table.push_back(std::move(roles));
  table.push_back(number_setting("oidc_refresh_seconds", "how often its keys are asked for",
                                 MEMBER(oidc.refresh_seconds), 1, 86'400));
  table.push_back(number_setting("oidc_clock_skew_seconds", "how far its clock may be off",
                                 MEMBER(oidc.clock_skew_seconds), 0, 300));
  table.push_back(number_setting("oidc_keys_kept_seconds",
                                 "how long its last keys stay valid while it does not answer",
                                 MEMBER(oidc.keys_kept_seconds), 1, 2'592'000));
}

void add_request_limits(std::vector<Setting>& table) {
  constexpr std::uint64_t gib = std::uint64_t{1} << 30;
  table.push_back(
      number_setting("results_max", "results in one batch", LIMIT(results_max), 1, 1'000'000));
  table.push_back(number_setting("body_bytes_max", "bytes of a request's body, once decoded",
                                 LIMIT(body_bytes_max), 1'024, gib));
  table.push_back(number_setting("body_bytes_in_flight_max",
                                 "bytes of all bodies that are being read, together",
                                 LIMIT(body_bytes_in_flight_max), 1'024, 64 * gib));
  table.push_back(number_setting("body_bytes_per_org_max", "of these bytes, those of one org",
                                 LIMIT(body_bytes_per_org_max), 1'024, 64 * gib));
  table.push_back(number_setting("body_bytes_per_peer_max", "of these bytes, those of one address",
                                 LIMIT(body_bytes_per_peer_max), 1'024, 64 * gib));
  table.push_back(number_setting("answer_bytes_in_flight_max",
                                 "bytes of all answers that clients have not read yet, together",
                                 LIMIT(answer_bytes_in_flight_max), 1'024, 64 * gib));
  table.push_back(number_setting("answer_bytes_per_org_max", "of these bytes, those of one org",
                                 LIMIT(answer_bytes_per_org_max), 1'024, 64 * gib));
  table.push_back(number_setting("queries_waiting_max", "queries of one org that wait for a thread",
                                 LIMIT(queries_waiting_max), 1, 1'000'000));
  table.push_back(number_setting("target_bytes_max", "bytes of a request's path and query",
                                 LIMIT(target_bytes_max), 256, 65'536));
  table.push_back(number_setting("header_bytes_max", "bytes of a request's header",
                                 LIMIT(header_bytes_max), 1'024, 1'048'576));
  table.push_back(number_setting("connections_max", "connections open at once",
                                 LIMIT(connections_max), 1, 1'000'000));
  table.push_back(number_setting("connections_per_peer_max", "of these, those of one address",
                                 LIMIT(connections_per_peer_max), 1, 1'000'000));
  table.push_back(milliseconds_setting("read_timeout_ms", "time to read one whole request",
                                       LIMIT(read_timeout)));
  table.push_back(milliseconds_setting("write_timeout_ms", "time to write one whole answer",
                                       LIMIT(write_timeout)));
  table.push_back(milliseconds_setting("idle_timeout_ms",
                                       "time that a connection may wait for its next request",
                                       LIMIT(idle_timeout)));
  table.push_back(milliseconds_setting(
      "drain_timeout_ms", "time that SIGTERM gives to requests under way", LIMIT(drain_timeout)));
}

void add_field_limits(std::vector<Setting>& table) {
  table.push_back(number_setting("remarks_characters_max", "characters of an outcome's remarks",
                                 LIMIT(remarks_characters_max), 1, 1'000'000));
  table.push_back(number_setting("entity_reference_bytes_max", "bytes of an entity reference",
                                 LIMIT(entity_reference_bytes_max), 16, 65'536));
  table.push_back(number_setting("name_characters_max",
                                 "characters of a rule's or scorecard's name",
                                 LIMIT(name_characters_max), 1, 65'536));
  table.push_back(number_setting("description_characters_max", "characters of a description",
                                 LIMIT(description_characters_max), 1, 1'000'000));
  table.push_back(number_setting("query_terms_max", "terms of a scope or of a filter's query",
                                 LIMIT(query_terms_max), 1, stored_query_terms_max));
  table.push_back(number_setting("query_work_max",
                                 "steps of work to evaluate a query for all entities",
                                 LIMIT(query_work_max), 1'000, 1'000'000'000'000));
  table.push_back(milliseconds_setting(
      "query_deadline_ms", "time to answer a request with such a query", LIMIT(query_deadline)));
  table.push_back(number_setting("page_size_max", "items in a page of rules, outcomes or campaigns",
                                 LIMIT(page_size_max), 1, 1'000));
  table.push_back(number_setting("scores_page_size_max", "items in a page of scores",
                                 LIMIT(scores_page_size_max), 1, 10'000));
  table.push_back(number_setting("catalog_page_size_max",
                                 "items in a page of entities, kinds or relations",
                                 LIMIT(catalog_page_size_max), 1, 10'000));
  table.push_back(number_setting("definitions_max", "definitions of entities in one request",
                                 LIMIT(definitions_max), 1, 10'000));
  table.push_back(number_setting("definition_bytes_max", "bytes of an entity's definition",
                                 LIMIT(definition_bytes_max), 1'024, 16 << 20));
  table.push_back(
      number_setting("tags_max", "tags of an entity's definition", LIMIT(tags_max), 1, 10'000));
  table.push_back(number_setting("references_max",
                                 "entities that one list of an entity's definition names",
                                 LIMIT(references_max), 1, 100'000));
  table.push_back(number_setting("entities_max",
                                 "entities of one org; with deleted ones ten times as many",
                                 LIMIT(entities_max), 1, 100'000'000));
  table.push_back(number_setting("rules_max", "rules of one org", LIMIT(rules_max), 1, 1'000'000));
  table.push_back(
      number_setting("campaigns_max", "campaigns of one org", LIMIT(campaigns_max), 1, 1'000'000));
  table.push_back(number_setting("scope_terms_max",
                                 "terms of the distinct scopes of one org's rules, together",
                                 LIMIT(scope_terms_max), 1, 10'000'000));
  table.push_back(number_setting("scope_wildcards_max",
                                 "distinct words and terms with wildcards in these scopes",
                                 LIMIT(scope_wildcards_max), 1, 1'000'000));
  table.push_back(number_setting(
      "tag_texts_max", "distinct tags, tiers, types and the like of one org's definitions",
      LIMIT(tag_texts_max), 1, 100'000'000));
  table.push_back(
      number_setting("scorecards_max", "scorecards of one org", LIMIT(scorecards_max), 1, 100'000));
  table.push_back(number_setting("kinds_max", "kinds of one org's entities, and kinds described",
                                 LIMIT(kinds_max), 1, 100'000));
  table.push_back(
      number_setting("owners_max", "owners of entities", LIMIT(owners_max), 1, 10'000'000));
}

void add_intake_limits(std::vector<Setting>& table) {
  constexpr std::uint64_t gib = std::uint64_t{1} << 30;
  table.push_back(number_setting("queue_requests_max",
                                 "requests that wait for the committer; one org: three quarters",
                                 LIMIT(queue_requests_max), 1, 1'000'000));
  table.push_back(number_setting(
      "queue_bytes_max", "bytes of requests that wait for the committer; one org: three quarters",
      LIMIT(queue_bytes_max), 1'024, 64 * gib));
  table.push_back(number_setting("group_outcomes_max", "outcomes committed at once",
                                 LIMIT(group_outcomes_max), 1, 1'000'000));
  table.push_back(number_setting("rate_limit_requests", "requests of one key or token in a period",
                                 LIMIT(rate_limit_requests), 1, 4'000'000'000));
  table.push_back(number_setting("rate_limit_org_requests", "requests of one org in a period",
                                 LIMIT(rate_limit_org_requests), 1, 4'000'000'000));
  table.push_back(number_setting("rate_limit_period_seconds", "length of that period",
                                 LIMIT(rate_limit_period_seconds), 1, 86'400));
}

#undef LIMIT
#undef MEMBER

}  // namespace

const std::vector<Setting>& settings() {
  static const std::vector<Setting> table = [] {
    std::vector<Setting> made;
    const auto add = [&](const char* group, void (*fill)(std::vector<Setting>&)) {
      const auto first = made.size();
      fill(made);
      for (auto i = first; i < made.size(); ++i) made[i].group = group;
    };
    add("Server", add_server_settings);
    add("Access tokens of an issuer", add_oidc_settings);
    add("Limits of requests", add_request_limits);
    add("Limits of what a request says", add_field_limits);
    add("Limits of intake and rates", add_intake_limits);
    return made;
  }();
  return table;
}

}  // namespace scorekeeper::app
