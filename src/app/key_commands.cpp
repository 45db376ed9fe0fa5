#include "app/key_commands.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <vector>

#include "app/config.h"
#include "app/stores.h"
#include "auth/keys.h"
#include "base/limits.h"
#include "base/utf8.h"
#include "domain/role.h"
#include "domain/text.h"
#include "json/writer.h"
#include "store/command_line.h"
#include "store/postgres/store.h"

namespace scorekeeper::app {
namespace {

std::string id_text(KeyId id) { return std::to_string(id.number); }

void print(const std::string& text) { std::fputs(text.c_str(), stdout); }

}  // namespace

Result<void> check_name(std::string_view what, std::string_view name) {
  constexpr std::size_t characters_max = Limits{}.name_characters_max;
  if (!name.empty() && is_utf8(name) && count_characters(name) <= characters_max &&
      !has_control_character(name)) {
    return {};
  }
  return invalid(fmt::format(
      "the name of {} must be UTF-8 of 1 to {} characters, none of them a control character", what,
      characters_max));
}

std::string quote_for_shell(std::string_view word) {
  constexpr std::string_view plain = "-_./:@%+=,";
  const auto is_plain = [&](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           plain.contains(c);
  };
  if (!word.empty() && std::ranges::all_of(word, is_plain)) return std::string(word);
  std::string quoted = "'";
  for (const char c : word) {
    if (c == '\'') {
      quoted += R"('\'')";
    } else {
      quoted += c;
    }
  }
  return quoted + "'";
}

std::string store_words(const std::string& store) {
  if (store == Config{}.store) return {};
  // It may hold a password, and whoever gave it knows it.
  if (store::postgres::is_address(store)) return " --store …";
  return " --store " + quote_for_shell(store);
}

Result<Org> find_org(store::KeyStore& store, const std::string& name) {
  const auto known = TRY(store.load_keys());
  for (const auto& org : known.orgs) {
    if (org.name == name) return org;
  }
  return make_error(Code::not_found, "no org \"" + name + "\"; `scorekeeper org list` shows them");
}

std::string org_name(const store::Keys& keys, OrgId id) {
  for (const auto& org : keys.orgs) {
    if (org.id == id) return org.name;
  }
  return {};
}

namespace {

std::string write_key(const store::Keys& keys, const Key& key) {
  json::Writer json;
  json.begin_object()
      .member("id", id_text(key.id))
      .member("kind", name_of(key.kind))
      .member("name", key.name)
      .member("org", org_name(keys, key.org))
      .member("scopes", key.kind == KeyKind::api ? "" : write_scopes(key.scopes))
      .member("created_at", rfc3339(key.created_at));
  if (key.revoked_at) json.member("revoked_at", rfc3339(*key.revoked_at));
  return json.end_object().take();
}

}  // namespace

Result<ScopeSet> parse_permission(const Permission& permission) {
  std::optional<ScopeSet> role;
  std::optional<ScopeSet> scopes;
  if (permission.role) role = scopes_of(TRY(parse_role(*permission.role)));
  if (permission.scopes) scopes = TRY(parse_given_scopes(*permission.scopes));
  if (role && scopes && role->with(*scopes).empty()) {
    return invalid(fmt::format("the role {} has none of the scopes {}", *permission.role,
                               write_scopes(*scopes)));
  }
  if (role && scopes) return role->with(*scopes);
  return role ? *role : scopes.value_or(ScopeSet::unscoped());
}

Result<std::uint32_t> parse_id(std::string_view what, std::string_view text) {
  std::uint32_t id = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), id);
  if (error == std::errc() && end == text.data() + text.size()) return id;
  return invalid(
      fmt::format("ID must be the number of a {0}, as `scorekeeper {0} list` shows it, "
                  "not \"{1}\"",
                  what, text));
}

std::optional<Format> parse_format(std::string_view text) {
  if (text == "text") return Format::text;
  if (text == "json") return Format::json;
  return std::nullopt;
}

Result<KeyPair> create_key_pair(store::KeyStore& store, const KeyPairOptions& options,
                                Clock& clock) {
  KeyPair pair;
  pair.org = options.org;
  pair.api_secret = auth::make_api_key();
  pair.application_secret = auth::make_application_key();
  Key key;
  key.org = options.org.id;
  key.name = options.name;
  key.created_at = clock.now();
  key.kind = KeyKind::api;
  key.hash = auth::hash_secret(pair.api_secret);
  pair.api = TRY(store.create_key(key));
  key.kind = KeyKind::application;
  key.hash = auth::hash_secret(pair.application_secret);
  key.scopes = options.scopes.value_or(ScopeSet::unscoped());
  pair.application = TRY(store.create_key(key));
  return pair;
}

std::string write_key_pair(const KeyPair& pair) {
  json::Writer json;
  return json.begin_object()
      .member("api_key", pair.api_secret)
      .member("application_key", pair.application_secret)
      .member("api_key_id", id_text(pair.api.id))
      .member("application_key_id", id_text(pair.application.id))
      .member("name", pair.application.name)
      .member("org", pair.org.name)
      .member("scopes", write_scopes(pair.application.scopes))
      .end_object()
      .take();
}

Result<void> key_create(const KeyOptions& options, Format format) {
  TRY(check_name("a key", options.name));
  SystemClock clock;
  const auto scopes = TRY(parse_permission(options.permission));
  const auto keys = TRY(open_keys(options.store));
  const auto owner = TRY(find_org(*keys, options.org));
  const auto pair =
      TRY(create_key_pair(*keys, {.org = owner, .name = options.name, .scopes = scopes}, clock));
  if (format == Format::json) {
    print(write_key_pair(pair) + "\n");
  } else {
    print(fmt::format(
        "API key          {}  (id {})\nApplication key  {}  (id {})\n"
        "Shown once: only hashes are stored. Org {}, scopes {}\n",
        pair.api_secret, id_text(pair.api.id), pair.application_secret,
        id_text(pair.application.id), pair.org.name, write_scopes(pair.application.scopes)));
  }
  return {};
}

Result<void> key_list(const std::string& store, Format format) {
  const auto keys = TRY(open_keys(store));
  const auto known = TRY(keys->load_keys());
  for (const auto& key : known.keys) {
    if (is_token(key.kind)) continue;
    if (format == Format::json) {
      print(write_key(known, key) + "\n");
    } else {
      print(fmt::format("{:>6}  {:<11}  {:<20}  {:<12}  {}  {}\n", key.id.number, name_of(key.kind),
                        key.name, org_name(known, key.org),
                        key.revoked_at ? "revoked " + rfc3339(*key.revoked_at)
                                       : "created " + rfc3339(key.created_at),
                        key.kind == KeyKind::api ? "" : write_scopes(key.scopes)));
    }
  }
  return {};
}

namespace {

// The key that was made together with it.
const Key* find_other_half(const store::Keys& keys, const Key& half) {
  for (const auto& key : keys.keys) {
    const bool pair = !is_token(key.kind) && key.kind != half.kind && key.org == half.org &&
                      key.name == half.name && key.created_at == half.created_at;
    if (pair) return &key;
  }
  return nullptr;
}

std::string describe(const Key& key) {
  return fmt::format("{} key {} ({})", key.kind == KeyKind::api ? "API" : "application",
                     key.id.number, key.name);
}

// `remaining`: the other half, where it can still be used.
std::string write_revoked(const std::vector<Key>& revoked, const Key* remaining,
                          const std::string& store, Format format) {
  if (format == Format::json) {
    json::Writer json;
    json.begin_object().key("revoked").begin_array();
    for (const auto& key : revoked) json.string(id_text(key.id));
    json.end_array().key("remaining").begin_array();
    if (remaining != nullptr) json.string(id_text(remaining->id));
    return json.end_array().end_object().take() + "\n";
  }
  std::string text;
  for (const auto& key : revoked) text += describe(key) + " is revoked\n";
  if (remaining == nullptr) return text;
  return text + fmt::format(
                    "{} of the same pair is not: it still works beside another {} key of the org. "
                    "`scorekeeper key revoke{} {}` revokes it too, and so does --pair\n",
                    describe(*remaining), remaining->kind == KeyKind::api ? "application" : "API",
                    store_words(store), remaining->id.number);
}

}  // namespace

Result<void> key_revoke(const RevokeOptions& options, Format format) {
  const KeyId id{TRY(parse_id("key", options.id))};
  const auto store = TRY(open_keys(options.store));
  const auto known = TRY(store->load_keys());
  const auto key = std::ranges::find(known.keys, id, &Key::id);
  if (key == known.keys.end()) return store::key_not_found(id);
  if (is_token(key->kind)) {
    return make_error(Code::not_found,
                      fmt::format("{0} is a token: `scorekeeper token revoke{1} {0}`", id.number,
                                  store_words(options.store)));
  }
  const Key* other = find_other_half(known, *key);
  if (options.pair && other == nullptr) {
    return make_error(Code::not_found, describe(*key) + " has no pair");
  }
  std::vector<Key> revoked{*key};
  if (options.pair) revoked.push_back(*other);
  const auto now = SystemClock().now();
  for (const auto& each : revoked) TRY(store->revoke_key(each.id, now));
  const bool remains = other != nullptr && !options.pair && !other->revoked_at;
  print(write_revoked(revoked, remains ? other : nullptr, options.store, format));
  return {};
}

Result<void> org_create(const std::string& store, const std::string& name, Format format) {
  TRY(check_name("an org", name));
  const auto keys = TRY(open_keys(store));
  const auto org = TRY(keys->create_org(name, SystemClock().now()));
  if (format == Format::json) {
    json::Writer json;
    print(json.begin_object()
              .member("id", std::to_string(org.id.number))
              .member("name", org.name)
              .end_object()
              .take() +
          "\n");
  } else {
    print(fmt::format("org {} made; `scorekeeper key create{} --org {} --name …` gives it keys\n",
                      org.name, store_words(store), quote_for_shell(org.name)));
  }
  return {};
}

Result<void> org_list(const std::string& store, Format format) {
  const auto keys = TRY(open_keys(store));
  const auto known = TRY(keys->load_keys());
  for (const auto& org : known.orgs) {
    if (format == Format::json) {
      json::Writer json;
      print(json.begin_object()
                .member("id", std::to_string(org.id.number))
                .member("name", org.name)
                .member("created_at", rfc3339(org.created_at))
                .end_object()
                .take() +
            "\n");
    } else {
      print(fmt::format("{:>4}  {:<24}  created {}\n", org.id.number, org.name,
                        rfc3339(org.created_at)));
    }
  }
  return {};
}

}  // namespace scorekeeper::app
