// The command line: which commands there are, what they take, and how a mistake is told: one
// sentence on stderr. Exit codes: 0 ok, 1 failed, 2 usage. Main's thread only.
#pragma once

#include <CLI/CLI.hpp>
#include <optional>
#include <string>
#include <vector>

#include "app/key_commands.h"
#include "base/result.h"

namespace scorekeeper::app {

inline constexpr int exit_failed = 1;
inline constexpr int exit_usage = 2;

// Runs what the arguments (without the program's name) say; the exit code.
int run_command_line(const std::vector<std::string>& arguments);

// --- for the files that add commands; `code` outlives the parse
int report(const Error& error);
int finish(const Result<void>& result);

// The value of a flag that may hold a password, from a file.
CLI::Option* add_file_option(CLI::App& command, CLI::Option& value, const std::string& flag,
                             std::string& text);
void add_store_option(CLI::App& command, std::string& store);
void add_format_option(CLI::App& command, Format& format);
// An empty value is refused: an unset variable of a script must not look like a flag left out.
CLI::Option* refuse_empty(CLI::Option* option);
// `value` stays nullopt unless the option is given: an empty value is not the same as none.
CLI::Option* add_optional(CLI::App& command, const std::string& flag,
                          std::optional<std::string>& value, const std::string& help);

void add_serve_command(CLI::App& app, int& code);    // serve_command.cpp
void add_access_commands(CLI::App& app, int& code);  // access_commands.cpp
void add_data_commands(CLI::App& app, int& code);    // data_commands.cpp

}  // namespace scorekeeper::app
