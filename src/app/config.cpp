#include "app/config.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <system_error>

#include "domain/nearest.h"
#include "domain/text.h"
#include "store/postgres/store.h"

#define TOML_EXCEPTIONS 0  // Debian's library is built with them: take the headers alone
#define TOML_HEADER_ONLY 1
#include <toml++/toml.h>

namespace scorekeeper::app {
namespace {

// The values of one source, by setting name; *_file entries are already replaced by the file's
// text.
using Values = std::map<std::string, std::string>;

Result<void> apply(const Values& values, const std::string& source, Config& config) {
  for (const auto& setting : settings()) {
    const auto direct = values.find(setting.name);
    const auto by_file = values.find(setting.name + "_file");
    if (direct != values.end() && by_file != values.end()) {
      return invalid(source + ": " + setting.name + " and " + setting.name +
                     "_file exclude each other");
    }
    std::string text;
    if (direct != values.end()) {
      text = direct->second;
    } else if (setting.secret && by_file != values.end()) {
      text = TRY(read_secret_file(by_file->second));
    } else {
      continue;
    }
    auto set = setting.set(config, text);
    if (!set) return invalid(source + ": " + setting.name + " " + set.error().detail);
  }
  return {};
}

bool is_known(const std::string& name) {
  for (const auto& setting : settings()) {
    if (name == setting.name || (setting.secret && name == setting.name + "_file")) return true;
  }
  return false;
}

std::string suggest_setting(std::string_view name) {
  std::vector<std::string_view> known;
  for (const auto& setting : settings()) known.emplace_back(setting.name);
  return suggest_nearest(name, known);
}

Result<Values> read_file(const std::string& path) {
  std::error_code ignored;
  if (std::filesystem::is_directory(path, ignored)) {
    return invalid("the configuration must be a file: " + path + " is a directory");
  }
  if (::access(path.c_str(), R_OK) != 0) {
    return invalid("cannot read the configuration " + path + ": " +
                   std::generic_category().message(errno));
  }
  const toml::parse_result parsed = toml::parse_file(path);
  if (!parsed) {
    const auto& error = parsed.error();
    return invalid(fmt::format("{}:{}: {}", path, error.source().begin.line, error.description()));
  }
  Values values;
  for (const auto& [key, node] : parsed.table()) {
    const std::string name(key.str());
    if (!is_known(name)) {
      return invalid(path + ": unknown key \"" + name + "\"" + suggest_setting(name));
    }
    if (const auto* text = node.as_string()) {
      values[name] = text->get();
    } else if (const auto* number = node.as_integer()) {
      values[name] = std::to_string(number->get());
    } else if (const auto* flag = node.as_boolean()) {
      values[name] = flag->get() ? "true" : "false";
    } else {
      return invalid(path + ": " + name + " must be a string, a whole number or a boolean");
    }
  }
  return values;
}

}  // namespace

Result<std::string> read_secret_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return invalid("cannot read the file \"" + path + "\"");
  std::string text{std::istreambuf_iterator<char>(file), {}};
  while (!text.empty() && (text.back() == '\n' || text.back() == '\r')) text.pop_back();
  return text;
}

std::map<std::string, std::string> scorekeeper_environment() {
  std::map<std::string, std::string> found;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string_view text(*entry);
    const auto equals = text.find('=');
    if (!text.starts_with(environment_prefix) || equals == std::string_view::npos) continue;
    found[std::string(text.substr(0, equals))] = text.substr(equals + 1);
  }
  return found;
}

Result<Loaded> load_config(const Sources& sources) {
  Loaded loaded;
  if (!sources.file.empty()) {
    const auto values = TRY(read_file(sources.file));
    TRY(apply(values, sources.file, loaded.config));
  }
  Values environment;
  for (const auto& [variable, value] : sources.environment) {
    std::string name = variable.substr(environment_prefix.size());
    std::ranges::transform(name, name.begin(), to_lower);
    if (is_known(name)) {
      environment[name] = value;
    } else if (name == "config") {
      if (value.empty()) return empty_variable(variable);
    } else {
      loaded.warnings.push_back("unknown environment variable " + variable);
    }
  }
  TRY(check_not_empty(sources.flags, environment));
  TRY(apply(environment, "environment", loaded.config));
  TRY(apply(sources.flags, "command line", loaded.config));
  TRY(check_config(loaded.config));
  return loaded;
}

std::string print_config(const Config& config) {
  std::string text;
  for (const auto& setting : settings()) {
    std::string value = setting.get(config);
    if (setting.secret) value = mask_password(value);
    text += "# " + setting.help + "\n" + setting.name + " = ";
    if (setting.text) {
      std::string quoted = "\"";
      for (const char c : value) {
        if (c == '"' || c == '\\') quoted += '\\';
        quoted += c;
      }
      text += quoted + "\"\n";
    } else {
      text += value + "\n";
    }
  }
  return text;
}

}  // namespace scorekeeper::app
