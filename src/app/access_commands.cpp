// key, token and org: what they take.
#include <memory>

#include "app/command_line.h"
#include "app/config.h"
#include "app/token_commands.h"

namespace scorekeeper::app {
namespace {

void add_permission_options(CLI::App& command, Permission& permission) {
  std::string roles;
  for (const auto role : all_roles) {
    if (!roles.empty()) roles += ", ";
    roles += name_of(role);
  }
  add_optional(command, "--role", permission.role, "role of the holder: " + roles)
      ->type_name("ROLE");
  add_optional(command, "--scopes", permission.scopes,
               "a,b: names of scopes; with --role: the scopes that both have; with neither: "
               "reading and writing, but no administration")
      ->type_name("NAMES");
}

struct KeyArguments {
  KeyOptions create{.store = Config{}.store};
  RevokeOptions revoke{.store = Config{}.store};
  Format format = Format::text;
};

void add_key_commands(CLI::App& app, int& code) {
  const auto arguments = std::make_shared<KeyArguments>();
  auto* key = app.add_subcommand("key", "make, list and revoke keys");
  key->require_subcommand(1);

  auto* create = key->add_subcommand("create", "make an API key and an application key");
  add_store_option(*create, arguments->create.store);
  add_format_option(*create, arguments->format);
  create->add_option("--org", arguments->create.org, "name of the org")->capture_default_str();
  create->add_option("--name", arguments->create.name, "purpose of the keys")->required();
  add_permission_options(*create, arguments->create.permission);
  create->callback(
      [arguments, &code] { code = finish(key_create(arguments->create, arguments->format)); });

  auto* list = key->add_subcommand("list", "show keys, without their secrets");
  add_store_option(*list, arguments->create.store);
  add_format_option(*list, arguments->format);
  list->callback(
      [arguments, &code] { code = finish(key_list(arguments->create.store, arguments->format)); });

  auto* revoke = key->add_subcommand("revoke", "refuse a key from now on");
  add_store_option(*revoke, arguments->revoke.store);
  add_format_option(*revoke, arguments->format);
  revoke->add_flag("--pair", arguments->revoke.pair, "the other key of its pair too");
  revoke->add_option("id", arguments->revoke.id, "number of the key, as key list shows it")
      ->type_name("NUMBER")
      ->required();
  revoke->callback(
      [arguments, &code] { code = finish(key_revoke(arguments->revoke, arguments->format)); });
}

struct TokenArguments {
  TokenOptions create{.store = Config{}.store};
  RevokeOptions revoke{.store = Config{}.store};
  std::string kind = "personal";
  Format format = Format::text;
};

void add_token_create(CLI::App& token, const std::shared_ptr<TokenArguments>& arguments,
                      int& code) {
  auto* create = token.add_subcommand("create", "make an access token");
  add_store_option(*create, arguments->create.store);
  add_format_option(*create, arguments->format);
  create->add_option("--org", arguments->create.org, "name of the org")->capture_default_str();
  create->add_option("--name", arguments->create.name, "purpose of the token")->required();
  add_optional(*create, "--owner", arguments->create.owner,
               "owner of the token; default for a personal token: the system user")
      ->type_name("NAME");
  add_permission_options(*create, arguments->create.permission);
  add_optional(*create, "--expires-in", arguments->create.expires_in,
               "lifetime, as in 90m, 12h or 30d; without it the token does not end")
      ->type_name("TIME");
  create->add_option("--kind", arguments->kind, "of a person or of a program")
      ->check(CLI::IsMember({"personal", "service"}))
      ->capture_default_str();
  create->callback([arguments, &code] {
    arguments->create.kind = *parse_key_kind(arguments->kind);
    code = finish(token_create(arguments->create, arguments->format));
  });
}

void add_token_commands(CLI::App& app, int& code) {
  const auto arguments = std::make_shared<TokenArguments>();
  auto* token = app.add_subcommand("token", "make, list and revoke access tokens");
  token->require_subcommand(1);
  add_token_create(*token, arguments, code);

  auto* list = token->add_subcommand("list", "show tokens, without their secrets");
  add_store_option(*list, arguments->create.store);
  add_format_option(*list, arguments->format);
  list->callback([arguments, &code] {
    code = finish(token_list(arguments->create.store, arguments->format));
  });

  auto* revoke = token->add_subcommand("revoke", "refuse a token from now on");
  add_store_option(*revoke, arguments->revoke.store);
  add_format_option(*revoke, arguments->format);
  revoke->add_option("id", arguments->revoke.id, "number of the token, as token list shows it")
      ->type_name("NUMBER")
      ->required();
  revoke->callback(
      [arguments, &code] { code = finish(token_revoke(arguments->revoke, arguments->format)); });
}

void add_org_commands(CLI::App& app, int& code) {
  const auto arguments = std::make_shared<KeyArguments>();
  auto* org = app.add_subcommand("org", "make and list organisations");
  org->require_subcommand(1);

  auto* create = org->add_subcommand("create", "make an organisation");
  add_store_option(*create, arguments->create.store);
  add_format_option(*create, arguments->format);
  create->add_option("name", arguments->create.name, "name of the new org")->required();
  create->callback([arguments, &code] {
    const auto& options = arguments->create;
    code = finish(org_create(options.store, options.name, arguments->format));
  });

  auto* list = org->add_subcommand("list", "show the organisations");
  add_store_option(*list, arguments->create.store);
  add_format_option(*list, arguments->format);
  list->callback(
      [arguments, &code] { code = finish(org_list(arguments->create.store, arguments->format)); });
}

}  // namespace

void add_access_commands(CLI::App& app, int& code) {
  add_key_commands(app, code);
  add_token_commands(app, code);
  add_org_commands(app, code);
}

}  // namespace scorekeeper::app
