#include "app/token_commands.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cstdio>

#include "app/stores.h"
#include "auth/keys.h"
#include "json/writer.h"
#include "store/command_line.h"

namespace scorekeeper::app {
namespace {

constexpr std::chrono::seconds lifetime_max = std::chrono::days(3'650);

void print(const std::string& text) { std::fputs(text.c_str(), stdout); }

// Everything but the secret; `json` is inside an object.
void write_token(json::Writer& json, const Key& key, std::string_view org) {
  json.member("id", std::to_string(key.id.number))
      .member("kind", name_of(key.kind))
      .member("name", key.name)
      .member("org", org)
      .member("owner", key.owner)
      .member("scopes", write_scopes(key.scopes))
      .member("created_at", rfc3339(key.created_at));
  if (key.expires_at) json.member("expires_at", rfc3339(*key.expires_at));
  if (key.revoked_at) json.member("revoked_at", rfc3339(*key.revoked_at));
}

std::string state_of(const Key& key) {
  if (key.revoked_at) return "revoked " + rfc3339(*key.revoked_at);
  if (key.expires_at) return "expires " + rfc3339(*key.expires_at);
  return "created " + rfc3339(key.created_at);
}

}  // namespace

Result<std::chrono::seconds> parse_lifetime(std::string_view text) {
  const auto wrong = [] {
    return invalid("a lifetime is a number and a unit (s, m, h, d) of at most 3650d, as in 30d");
  };
  std::int64_t count = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), count);
  if (error != std::errc() || end + 1 != text.data() + text.size()) return wrong();
  std::int64_t unit = 0;
  for (const auto& [letter, seconds] :
       {std::pair('s', 1), std::pair('m', 60), std::pair('h', 3'600), std::pair('d', 86'400)}) {
    if (*end == letter) unit = seconds;
  }
  if (unit == 0 || count < 1 || count > lifetime_max.count() / unit) return wrong();
  return std::chrono::seconds(count * unit);
}

Result<NewToken> create_token(store::KeyStore& store, const TokenOptions& options, Clock& clock) {
  TRY(check_name("a token", options.name));
  NewToken token;
  Key& key = token.key;
  key.kind = options.kind;
  key.name = options.name;
  if (options.owner) {
    TRY(check_name("an owner", *options.owner));
    key.owner = *options.owner;
  } else if (key.kind == KeyKind::personal) {
    key.owner = store::command_line_actor().id;
  }
  key.scopes = TRY(parse_permission(options.permission));
  key.created_at = clock.now();
  if (options.expires_in) {
    const auto lifetime = TRY(parse_lifetime(*options.expires_in));
    key.expires_at = key.created_at + lifetime;
  }
  token.org = TRY(find_org(store, options.org));
  token.secret = auth::make_token(key.kind);
  key.org = token.org.id;
  key.hash = auth::hash_secret(token.secret);
  token.key = TRY(store.create_key(key));
  return token;
}

Result<void> token_create(const TokenOptions& options, Format format) {
  TRY(check_name("a token", options.name));
  TRY(parse_permission(options.permission));  // what is given wrong is told first
  SystemClock clock;
  const auto keys = TRY(open_keys(options.store));
  const auto token = TRY(create_token(*keys, options, clock));
  if (format == Format::json) {
    json::Writer json;
    json.begin_object().member("token", token.secret);
    write_token(json, token.key, token.org.name);
    print(json.end_object().take() + "\n");
  } else {
    print(fmt::format("{}\nShown once: only a hash is stored. Id {}, {}, org {}, {}, scopes {}\n",
                      token.secret, token.key.id.number, name_of(token.key.kind), token.org.name,
                      token.key.expires_at ? "expires " + rfc3339(*token.key.expires_at)
                                           : std::string("never expires"),
                      write_scopes(token.key.scopes)));
  }
  return {};
}

Result<void> token_list(const std::string& store, Format format) {
  const auto keys = TRY(open_keys(store));
  const auto known = TRY(keys->load_keys());
  for (const auto& key : known.keys) {
    if (!is_token(key.kind)) continue;
    if (format == Format::json) {
      json::Writer json;
      json.begin_object();
      write_token(json, key, org_name(known, key.org));
      print(json.end_object().take() + "\n");
    } else {
      print(fmt::format("{:>6}  {:<8}  {:<20}  {:<12}  {:<12}  {}  {}\n", key.id.number,
                        name_of(key.kind), key.name, key.owner, org_name(known, key.org),
                        state_of(key), write_scopes(key.scopes)));
    }
  }
  return {};
}

Result<void> token_revoke(const RevokeOptions& options, Format format) {
  const KeyId id{TRY(parse_id("token", options.id))};
  const auto store = TRY(open_keys(options.store));
  const auto known = TRY(store->load_keys());
  const auto token = std::ranges::find(known.keys, id, &Key::id);
  if (token == known.keys.end()) {
    return make_error(Code::not_found, fmt::format("no such token: {}", id.number));
  }
  if (!is_token(token->kind)) {
    return make_error(Code::not_found, fmt::format("{0} is a key: `scorekeeper key revoke{1} {0}`",
                                                   id.number, store_words(options.store)));
  }
  TRY(store->revoke_key(id, SystemClock().now()));
  if (format == Format::json) {
    json::Writer json;
    json.begin_object().key("revoked").begin_array().string(std::to_string(id.number));
    print(json.end_array().end_object().take() + "\n");
  } else {
    print(fmt::format("token {} ({}) is revoked\n", id.number, token->name));
  }
  return {};
}

}  // namespace scorekeeper::app
