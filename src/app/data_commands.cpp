// backup, restore, verify, migrate, prune, copy, import, push and probe: what they take.
#include <fmt/format.h>

#include <memory>

#include "app/command_line.h"
#include "app/config.h"
#include "app/copy_command.h"
#include "app/import_command.h"
#include "app/probe_command.h"
#include "app/prune_command.h"
#include "app/push_command.h"
#include "app/server_calls.h"
#include "app/store_commands.h"

namespace scorekeeper::app {
namespace {

struct StoreArguments {
  std::string store = Config{}.store;
  std::string file;
  std::string step = "status";
  Format format = Format::text;
};

CLI::App* add_store_command(CLI::App& app, const char* name, const char* help,
                            StoreArguments& arguments) {
  auto* command = app.add_subcommand(name, help);
  add_store_option(*command, arguments.store);
  add_format_option(*command, arguments.format);
  return command;
}

void add_copies(CLI::App& app, const std::shared_ptr<StoreArguments>& arguments, int& code) {
  auto* backup = add_store_command(
      app, "backup", "copy a store into one file, also beside a running server", *arguments);
  backup->add_option("file", arguments->file, "new file to write")->type_name("FILE")->required();
  backup->callback([arguments, &code] {
    code = finish(store_backup(arguments->store, arguments->file, arguments->format));
  });
  auto* restore = add_store_command(
      app, "restore", "restore a backup into a directory that has no store", *arguments);
  restore->add_option("file", arguments->file, "a backup")->type_name("FILE")->required();
  restore->callback([arguments, &code] {
    code = finish(store_restore(arguments->file, arguments->store, arguments->format));
  });
}

void add_verify(CLI::App& app, const std::shared_ptr<StoreArguments>& arguments, int& code) {
  auto* verify = add_store_command(
      app, "verify",
      "look for damage in a store and its snapshot, also beside a running server, or in a backup",
      *arguments);
  verify->add_option("file", arguments->file, "a backup to check in place of a store")
      ->type_name("FILE");
  verify->callback([arguments, verify, &code] {
    const auto sound = verify->count("file") == 0
                           ? store_verify(arguments->store, arguments->format)
                           : file_verify(arguments->file, arguments->format);
    code = !sound ? report(sound.error()) : *sound ? 0 : exit_failed;
  });
}

void add_migrate(CLI::App& app, const std::shared_ptr<StoreArguments>& arguments, int& code) {
  auto* migrate = add_store_command(
      app, "migrate",
      "show the schema version of a store, or update the schema of a store that no server has open",
      *arguments);
  migrate->add_option("step", arguments->step, "status: only show; up: bring it up to date")
      ->check(CLI::IsMember({"status", "up"}))
      ->capture_default_str();
  migrate->callback([arguments, &code] {
    code =
        finish(arguments->step == "up" ? store_migrate_up(arguments->store, arguments->format)
                                       : store_migrate_status(arguments->store, arguments->format));
  });
}

void add_prune(CLI::App& app, int& code) {
  const auto options = std::make_shared<PruneOptions>();
  options->store = Config{}.store;
  auto* command = app.add_subcommand(
      "prune", "remove changes that were superseded long ago, also beside a running server");
  add_store_option(*command, options->store);
  refuse_empty(command->add_option("--keep", options->keep,
                                   "how long changes of outcomes are kept, as in 400d"))
      ->type_name("DURATION")
      ->required();
  refuse_empty(command->add_option("--audit-keep", options->audit_keep,
                                   "how long changes of the catalog are kept; without it for ever"))
      ->type_name("DURATION");
  add_optional(*command, "--org", options->org, "only the organisation of this name")
      ->type_name("TEXT");
  command->add_flag("--trust-clock", options->trust_clock,
                    "count times without a change in full; by default they count for at most a "
                    "quarter of the kept time, so that a wrong clock does little harm");
  command->add_flag("--dry-run", options->dry_run, "remove nothing, only count");
  add_format_option(*command, options->format);
  command->callback([options, &code] {
    SystemClock clock;
    code = finish(store_prune(*options, clock));
  });
}

struct CopyArguments {
  std::string from;
  std::string to;
  Format format = Format::text;
};

void add_copy(CLI::App& app, int& code) {
  const auto arguments = std::make_shared<CopyArguments>();
  auto* command = app.add_subcommand(
      "copy",
      "copy a store that no server has open from a directory into a database, or back; "
      "resumes after an interruption");
  auto* from = command->add_option("--from", arguments->from,
                                   "directory or postgres:// address of the store to copy");
  from->type_name("STORE");
  add_file_option(*command, *from, "--from", arguments->from);
  auto* to = command->add_option("--to", arguments->to,
                                 "directory or postgres:// address that has no store yet");
  to->type_name("STORE");
  add_file_option(*command, *to, "--to", arguments->to);
  add_format_option(*command, arguments->format);
  command->callback([arguments, &code] {
    if (arguments->from.empty() || arguments->to.empty()) {
      code = report(invalid("copy needs --from and --to"));
      return;
    }
    code = finish(store_copy(arguments->from, arguments->to, arguments->format));
  });
}

void add_server_options(CLI::App& command, ServerAccess& server) {
  command.add_option("--url", server.url, "of the server")
      ->type_name("URL")
      ->envname("SCOREKEEPER_URL")
      ->capture_default_str();
  refuse_empty(command.add_option("--api-key-file", server.api_key_file,
                                  "file that holds the API key (DD_API_KEY)"))
      ->type_name("FILE");
  refuse_empty(command.add_option("--application-key-file", server.application_key_file,
                                  "file that holds the application key (DD_APP_KEY)"))
      ->type_name("FILE");
}

void add_import(CLI::App& app, int& code) {
  auto* import = app.add_subcommand("import", "take entities from another catalog");
  import->require_subcommand(1);
  const auto options = std::make_shared<ImportOptions>();
  auto* backstage = import->add_subcommand(
      "backstage", "send the entities of catalog-info.yaml files to a running server");
  backstage->add_option("files", options->files, "files and folders; - is standard input")
      ->type_name("FILE")
      ->required();
  add_server_options(*backstage, options->server);
  backstage->add_flag("--dry-run", options->dry_run, "send nothing, only report");
  add_format_option(*backstage, options->format);
  backstage->callback([options, &code] {
    const auto imported = import_backstage(*options);
    code = !imported ? report(imported.error()) : *imported ? 0 : exit_failed;
  });
}

void add_push(CLI::App& app, int& code) {
  const auto options = std::make_shared<PushOptions>();
  auto* command = app.add_subcommand(
      "push", "send the outcome of one rule to a running server, read from another tool's report");
  command->add_option("file", options->file, "the report; - is standard input")
      ->type_name("FILE")
      ->required();
  add_server_options(*command, options->server);
  refuse_empty(command->add_option("--rule", options->rule, "id of the rule"))
      ->type_name("ID")
      ->required();
  refuse_empty(command->add_option("--entity", options->entity, "reference, as in service:shop"))
      ->type_name("REF")
      ->required();
  command->add_option("--format", options->format, "of the report: junit, sarif or openssf")
      ->check(CLI::IsMember({"junit", "sarif", "openssf"}))
      ->required();
  add_optional(*command, "--fail-on", options->fail_on,
               "sarif: the least level of an open finding that fails; by default error")
      ->check(CLI::IsMember({"error", "warning", "note"}))
      ->type_name("LEVEL");
  refuse_empty(add_optional(*command, "--check", options->check,
                            "openssf: the check to take in place of the overall score"))
      ->type_name("NAME");
  command
      ->add_option("--min-score", options->min_score,
                   "openssf: the least score that passes, from 0 to 10; by default 5")
      ->type_name("N");
  command->callback([options, &code] {
    const auto said = push(*options);
    if (said) fmt::print("{}\n", *said);
    code = said ? 0 : report(said.error());
  });
}

void add_probe(CLI::App& app, int& code) {
  const auto options = std::make_shared<ProbeOptions>();
  auto* command = app.add_subcommand("probe", "ask a running server whether it is ready");
  command->add_option("--url", options->url, "of the server")
      ->type_name("URL")
      ->envname("SCOREKEEPER_URL")
      ->capture_default_str();
  command->add_flag("--live", options->live, "ask only whether it is alive");
  auto* cert = command->add_option("--cert", options->cert,
                                   "PEM file of a certificate to show to the server");
  auto* key = command->add_option("--key", options->key, "PEM file of its private key");
  refuse_empty(cert)->type_name("FILE")->needs(key);
  refuse_empty(key)->type_name("FILE")->needs(cert);
  command->callback([options, &code] {
    const auto said = probe(*options);
    if (said) fmt::print("{}\n", *said);
    code = said ? 0 : report(said.error());
  });
}

}  // namespace

void add_data_commands(CLI::App& app, int& code) {
  const auto arguments = std::make_shared<StoreArguments>();
  add_copies(app, arguments, code);
  add_verify(app, arguments, code);
  add_migrate(app, arguments, code);
  add_prune(app, code);
  add_copy(app, code);
  add_import(app, code);
  add_push(app, code);
  add_probe(app, code);
}

}  // namespace scorekeeper::app
