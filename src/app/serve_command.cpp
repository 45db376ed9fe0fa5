// serve: what it takes, and the life of the process.
#include <fmt/format.h>
#include <sys/prctl.h>
#include <sys/resource.h>

#include <csignal>
#include <cstdlib>
#include <memory>

#include "app/command_line.h"
#include "app/config.h"
#include "app/service.h"
#include "base/limits.h"
#include "base/log.h"
#include "base/log_writer.h"
#include "base/open_files.h"

namespace scorekeeper::app {
namespace {

constexpr const char* example = R"(Example:
  scorekeeper serve --listen 0.0.0.0:8080 --store /var/lib/scorekeeper
Every setting is a flag, an environment variable (--listen: SCOREKEEPER_LISTEN) and a key of a TOML
file (listen). The flag wins over the environment, the environment over the file.)";

// Secrets of a crashed server stay out of core files.
void forbid_core_dumps() {
  const rlimit none{0, 0};
  setrlimit(RLIMIT_CORE, &none);
  prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
}

// Before there are threads, and a warning where the system allows fewer.
void reserve_files(const Config& config) {
  const auto wanted = config.limits.connections_max + connections_reserved + files_beside_max;
  const auto allowed = reserve_open_files(wanted);
  if (allowed >= wanted) return;
  log::warning("few_open_files",
               {{"allowed", allowed},
                {"wanted", wanted},
                {"detail",
                 "the limit of open files (ulimit -n) is lower than connections_max "
                 "needs: raise it, or lower connections_max"}});
}

int serve(const Config& config) {
  log::set_level(log::parse_level(config.log_level).value_or(log::Level::info));
  forbid_core_dumps();
  reserve_files(config);
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
  if ((*service)->store_failed()) {  // nobody has sent a signal: the service wakes this thread
    log::info("draining", {{"detail", "the store has failed"}});
  } else {
    log::info("draining", {{"signal", signal}});
  }
  (*service)->stop();
  if ((*service)->store_failed()) {
    log::flush();
    std::_Exit(exit_failed);  // closing the store would write
  }
  return 0;
}

struct ServeArguments {
  Sources sources;
  bool print = false;
  bool replace_lost_store = false;
};

void add_setting(CLI::App& command, const Setting& setting,
                 const std::shared_ptr<ServeArguments>& arguments) {
  const auto add = [&](const std::string& flag, const std::string& name, const std::string& help) {
    return command.add_option_function<std::string>(
        flag, [arguments, name](const std::string& text) { arguments->sources.flags[name] = text; },
        help);
  };
  auto* option = add(flag_of(setting), setting.name, setting.help);
  option->type_name(setting.type)->default_str(setting.get(Config{}))->group(setting.group);
  if (!setting.secret) return;
  add(flag_of(setting) + "-file", setting.name + "_file",
      "file that holds the value of " + flag_of(setting))
      ->type_name("FILE")
      ->group(setting.group);
}

}  // namespace

void add_serve_command(CLI::App& app, int& code) {
  const auto arguments = std::make_shared<ServeArguments>();
  auto* command = app.add_subcommand("serve", "run the server");
  command->footer(example);
  refuse_empty(command->add_option("--config", arguments->sources.file, "TOML file of settings"))
      ->type_name("FILE")
      ->envname("SCOREKEEPER_CONFIG");
  command->add_flag("--print-config", arguments->print,
                    "print the effective configuration, passwords masked, and exit");
  command->add_flag("--replace-lost-store", arguments->replace_lost_store,
                    "make a new, empty store in a directory whose database is lost");
  for (const auto& setting : settings()) add_setting(*command, setting, arguments);
  command->callback([arguments, &code] {
    arguments->sources.environment = scorekeeper_environment();
    auto loaded = load_config(arguments->sources);
    if (!loaded) {
      code = report(loaded.error());
      return;
    }
    for (const auto& warning : loaded->warnings) log::warning(warning);
    loaded->config.replace_lost_store = arguments->replace_lost_store;
    if (arguments->print) {
      fmt::print("{}", print_config(loaded->config));
      return;
    }
    code = serve(loaded->config);
  });
}

}  // namespace scorekeeper::app
