#include "app/command_line.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <utility>

#include "app/config.h"
#include "domain/nearest.h"

namespace scorekeeper::app {
namespace {

// The command that the arguments have reached: "key create".
struct Reached {
  CLI::App* command;
  std::string name;  // empty: none
};

Reached reached_by(CLI::App& app) {
  Reached reached{.command = &app, .name = {}};
  for (auto chosen = app.get_subcommands(); !chosen.empty();
       chosen = reached.command->get_subcommands()) {
    reached.command = chosen.front();
    if (!reached.name.empty()) reached.name += ' ';
    reached.name += reached.command->get_name();
  }
  return reached;
}

std::vector<std::string> names_of_commands(const CLI::App& app) {
  std::vector<std::string> names;
  for (const auto* const command : app.get_subcommands({})) names.push_back(command->get_name());
  return names;
}

std::vector<std::string> names_of_flags(const CLI::App& command) {
  std::vector<std::string> names;
  for (const auto* const option : command.get_options({})) {
    for (const auto& name : option->get_lnames()) names.push_back("--" + name);
  }
  return names;
}

std::string suggest(const std::string& text, const std::vector<std::string>& known) {
  return suggest_nearest(text, std::vector<std::string_view>(known.begin(), known.end()));
}

std::string join(const std::vector<std::string>& words) {
  return fmt::format("{}", fmt::join(words, ", "));
}

// The error for an argument that CLI11 has not understood.
std::string explain_extra(const Reached& reached, const std::string& text) {
  const auto commands = names_of_commands(*reached.command);
  if (!commands.empty() && !text.starts_with('-')) {
    const std::string name = reached.name.empty() ? text : reached.name + " " + text;
    return fmt::format("unknown command \"{}\"{}; the commands are {}", name,
                       suggest(text, commands), join(commands));
  }
  if (!text.starts_with('-')) {
    return fmt::format("{} does not take the argument \"{}\"", reached.name, text);
  }
  const auto flag = text.substr(0, text.find('='));
  return fmt::format("unknown flag {}{}", flag, suggest(flag, names_of_flags(*reached.command)));
}

// "--format: xml not in {text,json}", "--name: 1 required TEXT missing" as sentences; others are.
std::string explain_value(std::string text) {
  std::ranges::replace(text, '\n', ' ');
  const auto colon = text.find(": ");
  if (colon == std::string::npos) return text;
  const auto option = text.substr(0, colon);
  constexpr std::string_view not_in = " not in {";
  const auto choices = text.find(not_in);
  if (choices != std::string::npos && text.ends_with('}')) {
    const auto value = text.substr(colon + 2, choices - colon - 2);
    auto known = text.substr(choices + not_in.size());
    known.pop_back();
    for (auto comma = known.find(','); comma != std::string::npos; comma = known.find(',', comma)) {
      known.replace(comma, 1, " or ");
    }
    return fmt::format("{} must be {}, not \"{}\"", option, known, value);
  }
  if (text.ends_with(" missing")) return option + " needs a value";
  if (text.find(" is empty: ") == colon + 1) return option + text.substr(colon + 1);
  return text;
}

// The mistake, in a sentence.
std::string explain(const Reached& reached, const CLI::ParseError& error) {
  const auto extra = reached.command->remaining(true);
  if (!extra.empty()) return explain_extra(reached, extra.front());
  const auto commands = names_of_commands(*reached.command);
  if (!commands.empty()) {
    return fmt::format("{} needs a command: {}",
                       reached.name.empty() ? "scorekeeper" : reached.name, join(commands));
  }
  return explain_value(error.what());
}

int refuse(CLI::App& app, const CLI::ParseError& error) {
  const auto reached = reached_by(app);
  const auto name = reached.name.empty() ? "scorekeeper" : "scorekeeper " + reached.name;
  fmt::print(stderr, "scorekeeper: {}; see `{} --help`\n", explain(reached, error), name);
  return exit_usage;
}

// CLI11 takes what follows "--scopes=" for its value, which an unset variable has left empty.
std::vector<std::string> with_empty_values(const std::vector<std::string>& arguments) {
  std::vector<std::string> words;
  for (const auto& argument : arguments) {
    const bool empty = argument.starts_with("--") && argument.find('=') + 1 == argument.size();
    words.push_back(empty ? argument.substr(0, argument.size() - 1) : argument);
    if (empty) words.emplace_back();
  }
  return words;
}

// CLI11 takes an empty variable for one that is not set.
Result<void> check_variables(CLI::App& app, const std::vector<std::string>& words) {
  const CLI::App* command = &app;
  for (const auto& word : words) {
    const auto known = command->get_subcommands({});
    const auto next =
        std::ranges::find(known, word, [](const CLI::App* each) { return each->get_name(); });
    if (next == known.end()) break;
    command = *next;
  }
  for (const auto* const option : command->get_options({})) {
    const auto& variable = option->get_envname();
    const char* const value = variable.empty() ? nullptr : std::getenv(variable.c_str());
    if (value != nullptr && *value == '\0') return empty_variable(variable);
  }
  return {};
}

void add_help_command(CLI::App& app, int& code) {
  const auto path = std::make_shared<std::vector<std::string>>();
  auto* help = app.add_subcommand("help", "show what a command does and takes");
  help->add_option("command", *path, "as in: help key create")->type_name("COMMAND");
  help->callback([&app, path, &code] {
    CLI::App* command = &app;
    std::string program = "scorekeeper";
    for (const auto& name : *path) {
      const auto known = command->get_subcommands({});
      const auto next =
          std::ranges::find(known, name, [](const CLI::App* each) { return each->get_name(); });
      if (next == known.end()) {
        code = report(invalid(fmt::format("unknown command \"{}\"{}; the commands are {}", name,
                                          suggest(name, names_of_commands(*command)),
                                          join(names_of_commands(*command)))));
        return;
      }
      command = *next;
      program += " " + name;
    }
    // App::help() would show this command, which was chosen.
    fmt::print("{}",
               command->get_formatter()->make_help(command, program, CLI::AppFormatMode::Normal));
  });
}

void add_version_command(CLI::App& app) {
  app.add_subcommand("version", "show the version")->callback([] {
    fmt::print("scorekeeper {}\n", SCOREKEEPER_VERSION);
  });
}

}  // namespace

CLI::Option* refuse_empty(CLI::Option* option) {
  return option->check(CLI::Validator(
      [](const std::string& text) {
        return text.empty() ? "is empty: leave it out, or give it a value" : std::string();
      },
      ""));
}

int report(const Error& error) {
  fmt::print(stderr, "scorekeeper: {}\n", error.detail);
  return error.code == Code::invalid ? exit_usage : exit_failed;
}

int finish(const Result<void>& result) { return result ? 0 : report(result.error()); }

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
          ""))
      ->type_name("FILE")
      ->excludes(&value);
}

void add_store_option(CLI::App& command, std::string& store) {
  auto* value =
      command.add_option("--store", store, "directory or postgres:// address of the store")
          ->type_name("STORE")
          ->envname("SCOREKEEPER_STORE")
          ->capture_default_str();
  add_file_option(command, *value, "--store", store)->envname("SCOREKEEPER_STORE_FILE");
}

void add_format_option(CLI::App& command, Format& format) {
  command
      .add_option_function<std::string>(
          "--format", [&format](const std::string& text) { format = *parse_format(text); },
          "text or json")
      ->check(CLI::IsMember({"text", "json"}))
      ->default_str("text");
}

CLI::Option* add_optional(CLI::App& command, const std::string& flag,
                          std::optional<std::string>& value, const std::string& help) {
  return command.add_option_function<std::string>(
      flag, [&value](const std::string& text) { value = text; }, help);
}

int run_command_line(const std::vector<std::string>& arguments) {
  int code = 0;
  CLI::App app("Keeps the scorecards of a software catalog.", "scorekeeper");
  app.set_version_flag("--version", "scorekeeper " SCOREKEEPER_VERSION);
  app.require_subcommand(1);
  add_serve_command(app, code);
  add_access_commands(app, code);
  add_data_commands(app, code);
  add_help_command(app, code);
  add_version_command(app);
  auto words = with_empty_values(arguments);
  if (const auto checked = check_variables(app, words); !checked) return report(checked.error());
  try {
    std::ranges::reverse(words);  // CLI11 takes them from the back
    app.parse(std::move(words));
  } catch (const CLI::Success& success) {
    return app.exit(success);
  } catch (const CLI::ParseError& error) {
    return refuse(app, error);
  }
  return code;
}

}  // namespace scorekeeper::app
