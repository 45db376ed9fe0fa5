// The command line. Exit codes: 0 ok, 1 failed, 2 usage.
#include <fmt/format.h>
#include <sys/prctl.h>
#include <sys/resource.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <string>

#include "app/config.h"
#include "app/copy_command.h"
#include "app/import_command.h"
#include "app/key_commands.h"
#include "app/probe_command.h"
#include "app/service.h"
#include "app/store_commands.h"
#include "app/token_commands.h"
#include "base/log.h"
#include "base/log_writer.h"

namespace scorekeeper::app {
namespace {

constexpr int exit_failed = 1;
constexpr int exit_usage = 2;

int report(const Error& error) {
  fmt::print(stderr, "scorekeeper: {}\n", error.detail);
  return error.code == Code::invalid ? exit_usage : exit_failed;
}

int finish(const Result<void>& result) { return result ? 0 : report(result.error()); }

// Secrets of a crashed server stay out of core files (decisions 41).
void forbid_core_dumps() {
  const rlimit none{0, 0};
  setrlimit(RLIMIT_CORE, &none);
  prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
}

int serve(const Config& config) {
  log::set_level(log::parse_level(config.log_level).value_or(log::Level::info));
  forbid_core_dumps();
  std::signal(SIGPIPE, SIG_IGN);
  // Blocked before any thread is made, so that only sigwait below sees them.
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  sigaddset(&signals, SIGHUP);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);

  const log::LogWriter log_writer;
  auto service = Service::start(config);
  if (!service) {
    log::error("not started", {{"detail", service.error().detail}});
    return exit_failed;
  }
  int signal = 0;
  while (sigwait(&signals, &signal) == 0 && signal == SIGHUP) {
    log::info("reloading", {{"signal", signal}});
    (*service)->reload();
  }
  log::info("draining", {{"signal", signal}});
  (*service)->stop();
  if ((*service)->fsync_failed()) {
    log::flush();
    std::_Exit(exit_failed);  // closing the store would checkpoint
  }
  return 0;
}

struct ServeArguments {
  Sources sources;
  bool print = false;
};

void add_serve(CLI::App& app, ServeArguments& arguments, int& code) {
  auto* command = app.add_subcommand("serve", "run the server");
  command->add_option("--config", arguments.sources.file, "TOML file of settings")
      ->envname("SCOREKEEPER_CONFIG");
  command->add_flag("--print-config", arguments.print,
                    "print the effective configuration, passwords masked, and exit");
  for (const auto& setting : settings()) {
    auto add = [&](const std::string& flag, const std::string& name, const std::string& help) {
      command->add_option_function<std::string>(
          flag,
          [&arguments, name](const std::string& text) { arguments.sources.flags[name] = text; },
          help);
    };
    add(flag_of(setting), setting.name,
        fmt::format("{} [{}] ({})", setting.help, setting.get(Config{}), environment_of(setting)));
    if (setting.secret) {
      add(flag_of(setting) + "-file", setting.name + "_file",
          "file that holds the value of " + flag_of(setting));
    }
  }
  command->callback([&arguments, &code] {
    arguments.sources.environment = scorekeeper_environment();
    const auto loaded = load_config(arguments.sources);
    if (!loaded) {
      code = report(loaded.error());
      return;
    }
    for (const auto& warning : loaded->warnings) log::warning(warning);
    if (arguments.print) {
      fmt::print("{}", print_config(loaded->config));
      return;
    }
    code = serve(loaded->config);
  });
}

// The value of a flag that may hold a password, from a file.
CLI::Option* add_file_option(CLI::App& command, CLI::Option& value, const std::string& flag,
                             std::string& text) {
  return command.add_option(flag + "-file", text, "file that holds the value of " + flag)
      ->transform(CLI::Validator(
          [](std::string& path) {
            auto secret = read_secret_file(path);
            if (!secret) return secret.error().detail;
            path = *std::move(secret);
            return std::string();
          },
          "FILE"))
      ->excludes(&value);
}

void add_store_option(CLI::App& command, std::string& store) {
  auto* value =
      command.add_option("--store", store, "directory or postgres:// address of the store")
          ->envname("SCOREKEEPER_STORE")
          ->capture_default_str();
  add_file_option(command, *value, "--store", store)->envname("SCOREKEEPER_STORE_FILE");
}

struct KeyArguments {
  std::string store = Config{}.store;
  std::string org = "default";
  std::string name;
  std::string scopes;
  std::string format = "text";
  std::uint32_t id = 0;
};

void add_key_options(CLI::App& command, KeyArguments& arguments) {
  add_store_option(command, arguments.store);
  command.add_option("--format", arguments.format, "text or json")
      ->check(CLI::IsMember({"text", "json"}))
      ->capture_default_str();
}

void add_key_commands(CLI::App& app, KeyArguments& arguments, int& code) {
  auto* key = app.add_subcommand("key", "make, list and revoke keys");
  key->require_subcommand(1);
  auto* create = key->add_subcommand("create", "make an API key and an application key");
  add_key_options(*create, arguments);
  create->add_option("--org", arguments.org, "name of the org")->capture_default_str();
  create->add_option("--name", arguments.name, "what the keys are for")->required();
  create->add_option("--scopes", arguments.scopes,
                     "a,b: scopes of the application key; none = all but scorekeeper_admin");
  create->callback([&] {
    code = finish(key_create(arguments.store, arguments.org, arguments.name, arguments.scopes,
                             *parse_format(arguments.format)));
  });
  auto* list = key->add_subcommand("list", "show keys, without their secrets");
  add_key_options(*list, arguments);
  list->callback(
      [&] { code = finish(key_list(arguments.store, *parse_format(arguments.format))); });
  auto* revoke = key->add_subcommand("revoke", "refuse a key from now on");
  add_key_options(*revoke, arguments);
  revoke->add_option("id", arguments.id, "number of the key, as key list shows it")->required();
  revoke->callback([&] { code = finish(key_revoke(arguments.store, arguments.id)); });
}

struct TokenArguments {
  TokenOptions options{.store = Config{}.store};
  std::string kind = "personal";
  std::string format = "text";
  std::uint32_t id = 0;
};

void add_token_options(CLI::App& command, TokenArguments& arguments) {
  add_store_option(command, arguments.options.store);
  command.add_option("--format", arguments.format, "text or json")
      ->check(CLI::IsMember({"text", "json"}))
      ->capture_default_str();
}

void add_token_commands(CLI::App& app, TokenArguments& arguments, int& code) {
  auto* token = app.add_subcommand("token", "make, list and revoke access tokens");
  token->require_subcommand(1);
  auto& options = arguments.options;
  auto* create = token->add_subcommand("create", "make an access token");
  add_token_options(*create, arguments);
  create->add_option("--org", options.org, "name of the org")->capture_default_str();
  create->add_option("--name", options.name, "what the token is for")->required();
  create->add_option("--owner", options.owner,
                     "whose it is; of a personal token the user of the system unless told");
  create->add_option("--scopes", options.scopes, "a,b; none = all but scorekeeper_admin");
  create->add_option("--expires-in", options.expires_in,
                     "lifetime, as in 90m, 12h or 30d; none = it does not end");
  create->add_option("--kind", arguments.kind, "of a person or of a program")
      ->check(CLI::IsMember({"personal", "service"}))
      ->capture_default_str();
  create->callback([&] {
    options.kind = *parse_key_kind(arguments.kind);
    code = finish(token_create(options, *parse_format(arguments.format)));
  });
  auto* list = token->add_subcommand("list", "show tokens, without their secrets");
  add_token_options(*list, arguments);
  list->callback(
      [&] { code = finish(token_list(options.store, *parse_format(arguments.format))); });
  auto* revoke = token->add_subcommand("revoke", "refuse a token from now on");
  add_token_options(*revoke, arguments);
  revoke->add_option("id", arguments.id, "number of the token, as token list shows it")->required();
  revoke->callback([&] { code = finish(token_revoke(options.store, arguments.id)); });
}

void add_org_commands(CLI::App& app, KeyArguments& arguments, int& code) {
  auto* org = app.add_subcommand("org", "make and list organisations");
  org->require_subcommand(1);
  auto* create = org->add_subcommand("create", "make an organisation");
  add_key_options(*create, arguments);
  create->add_option("name", arguments.name, "name of the new org")->required();
  create->callback([&] {
    code = finish(org_create(arguments.store, arguments.name, *parse_format(arguments.format)));
  });
  auto* list = org->add_subcommand("list", "show the organisations");
  add_key_options(*list, arguments);
  list->callback(
      [&] { code = finish(org_list(arguments.store, *parse_format(arguments.format))); });
}

struct StoreArguments {
  std::string store = Config{}.store;
  std::string file;
  std::string step = "status";
  std::string format = "text";
};

CLI::App* add_store_command(CLI::App& app, const char* name, const char* help,
                            StoreArguments& arguments) {
  auto* command = app.add_subcommand(name, help);
  add_store_option(*command, arguments.store);
  command->add_option("--format", arguments.format, "text or json")
      ->check(CLI::IsMember({"text", "json"}))
      ->capture_default_str();
  return command;
}

void add_store_commands(CLI::App& app, StoreArguments& arguments, int& code) {
  auto* backup = add_store_command(app, "backup",
                                   "copy a store into one file, also beside a "
                                   "running server",
                                   arguments);
  backup->add_option("file", arguments.file, "new file to write")->required();
  backup->callback([&] {
    code = finish(store_backup(arguments.store, arguments.file, *parse_format(arguments.format)));
  });
  auto* restore = add_store_command(app, "restore",
                                    "make a backup the store of a directory that "
                                    "has none",
                                    arguments);
  restore->add_option("file", arguments.file, "a backup")->required();
  restore->callback([&] {
    code = finish(store_restore(arguments.file, arguments.store, *parse_format(arguments.format)));
  });
  auto* verify = add_store_command(app, "verify",
                                   "look for damage in a store, also beside a "
                                   "running server, or in a backup",
                                   arguments);
  verify->add_option("file", arguments.file, "a backup to look at in place of a store");
  verify->callback([&, verify] {
    const auto format = *parse_format(arguments.format);
    const auto sound = verify->count("file") == 0 ? store_verify(arguments.store, format)
                                                  : file_verify(arguments.file, format);
    code = !sound ? report(sound.error()) : *sound ? 0 : exit_failed;
  });
  auto* migrate = add_store_command(app, "migrate",
                                    "show the version of a store, or bring "
                                    "one up to date that no server serves",
                                    arguments);
  migrate->add_option("step", arguments.step, "status: only show; up: bring it up to date")
      ->check(CLI::IsMember({"status", "up"}))
      ->capture_default_str();
  migrate->callback([&] {
    const auto format = *parse_format(arguments.format);
    code = finish(arguments.step == "up" ? store_migrate_up(arguments.store, format)
                                         : store_migrate_status(arguments.store, format));
  });
}

struct CopyArguments {
  std::string from;
  std::string to;
  std::string format = "text";
};

void add_copy_command(CLI::App& app, CopyArguments& arguments, int& code) {
  auto* command = app.add_subcommand(
      "copy",
      "copy a store that no server serves from a directory into a database, or back; "
      "goes on when it was broken off");
  auto* from = command->add_option("--from", arguments.from,
                                   "directory or postgres:// address of the store to copy");
  add_file_option(*command, *from, "--from", arguments.from);
  auto* to = command->add_option("--to", arguments.to,
                                 "directory or postgres:// address that has no store yet");
  add_file_option(*command, *to, "--to", arguments.to);
  command->add_option("--format", arguments.format, "text or json")
      ->check(CLI::IsMember({"text", "json"}))
      ->capture_default_str();
  command->callback([&] {
    if (arguments.from.empty() || arguments.to.empty()) {
      code = report(invalid("copy needs --from and --to"));
      return;
    }
    code = finish(store_copy(arguments.from, arguments.to, *parse_format(arguments.format)));
  });
}

struct ImportArguments {
  ImportOptions options;
  std::string format = "text";
};

void add_import_commands(CLI::App& app, ImportArguments& arguments, int& code) {
  auto* import = app.add_subcommand("import", "take entities from another catalog");
  import->require_subcommand(1);
  auto& options = arguments.options;
  auto* backstage = import->add_subcommand(
      "backstage", "send the entities of catalog-info.yaml files to a running server");
  backstage->add_option("files", options.files, "files and folders; - is standard input")
      ->required();
  backstage->add_option("--url", options.url, "of the server")
      ->envname("SCOREKEEPER_URL")
      ->capture_default_str();
  backstage->add_option("--api-key-file", options.api_key_file,
                        "file that holds the API key (DD_API_KEY)");
  backstage->add_option("--application-key-file", options.application_key_file,
                        "file that holds the application key (DD_APP_KEY)");
  backstage->add_flag("--dry-run", options.dry_run, "send nothing, only report");
  backstage->add_option("--format", arguments.format, "text or json")
      ->check(CLI::IsMember({"text", "json"}))
      ->capture_default_str();
  backstage->callback([&arguments, &options, &code] {
    options.format = *parse_format(arguments.format);
    const auto imported = import_backstage(options);
    code = !imported ? report(imported.error()) : *imported ? 0 : exit_failed;
  });
}

void add_probe_command(CLI::App& app, ProbeOptions& options, int& code) {
  auto* command = app.add_subcommand("probe", "ask a running server whether it is ready");
  command->add_option("--url", options.url, "of the server")
      ->envname("SCOREKEEPER_URL")
      ->capture_default_str();
  command->add_flag("--live", options.live, "ask only whether it is alive");
  auto* cert = command->add_option("--cert", options.cert,
                                   "PEM file of a certificate to show to the server");
  auto* key = command->add_option("--key", options.key, "PEM file of its private key");
  cert->needs(key);
  key->needs(cert);
  command->callback([&options, &code] {
    const auto said = probe(options);
    if (said) fmt::print("{}\n", *said);
    code = said ? 0 : report(said.error());
  });
}

int run(int argc, char** argv) {
  int code = 0;
  ProbeOptions probe_options;
  ImportArguments import_arguments;
  ServeArguments serve_arguments;
  KeyArguments key_arguments;
  TokenArguments token_arguments;
  StoreArguments store_arguments;
  CopyArguments copy_arguments;
  CLI::App app("Keeps the scorecards of a software catalog.", "scorekeeper");
  app.set_version_flag("--version", "scorekeeper " SCOREKEEPER_VERSION);
  app.require_subcommand(1);
  add_serve(app, serve_arguments, code);
  add_key_commands(app, key_arguments, code);
  add_token_commands(app, token_arguments, code);
  add_org_commands(app, key_arguments, code);
  add_store_commands(app, store_arguments, code);
  add_copy_command(app, copy_arguments, code);
  add_import_commands(app, import_arguments, code);
  add_probe_command(app, probe_options, code);
  // CLI11 would only say that a command is missing.
  const auto commands = app.get_subcommands([](CLI::App*) { return true; });
  if (argc > 1 && argv[1][0] != '-' &&
      std::ranges::none_of(commands, [&](auto* known) { return known->get_name() == argv[1]; })) {
    fmt::print(stderr, "scorekeeper: unknown command \"{}\"; --help shows the commands\n", argv[1]);
    return exit_usage;
  }
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : exit_usage;
  }
  return code;
}

}  // namespace
}  // namespace scorekeeper::app

int main(int argc, char** argv) {
  try {
    return scorekeeper::app::run(argc, argv);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "scorekeeper: %s\n", error.what());
    return 1;
  }
}
